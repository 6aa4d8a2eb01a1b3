using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Benchmarks;

/// <summary>What the benchmarks are fed with: shapes that requests really have.</summary>
internal static class Samples
{
    public static DateTimeOffset Now { get; } = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A chat request of about so many bytes of prompt, as the common SDKs write it.</summary>
    public static byte[] ChatBody(int promptBytes, bool stream)
    {
        const string Sentence = "The quick brown fox jumps over the lazy dog. \\n";
        var text = new StringBuilder();
        while (text.Length < promptBytes)
        {
            text.Append(Sentence);
        }

        return Encoding.UTF8.GetBytes(
            $$"""{"model":"auto","messages":[{"role":"system","content":"You are brief."},{"role":"user","content":"{{text}}"}],"temperature":0.2{{(stream ? ",\"stream\":true" : "")}}}""");
    }

    /// <summary>So many content chunks in OpenAI's dialect.</summary>
    public static byte[] ChatStream(int events)
    {
        var text = new StringBuilder();
        for (var i = 0; i < events; i++)
        {
            text.Append("""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"sim-small","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}]}""").Append("\n\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static EndpointDescriptor Endpoint { get; } = new()
    {
        Key = "t:bench/custom:a",
        ModelId = ModelId.Custom("a"),
        Type = EndpointType.Custom,
        Owner = OwnerKind.Tenant,
        Dialect = Dialect.OpenAI,
        BaseUrl = new Uri("http://127.0.0.1:9001/v1"),
        Model = "sim-small",
        Version = 1,
    };

    /// <summary>An attempt that a custom model answered, the only one of its request.</summary>
    public static UsageRecord Usage(string requestId) => new()
    {
        AttemptId = requestId + ".1",
        RequestId = requestId,
        AttemptNumber = 1,
        At = Now,
        Tenant = "acme",
        User = "alice",
        KeyId = "key_0123456789",
        Endpoint = "t:acme/e:custom:mine",
        ModelId = "custom:mine",
        Model = "llama-3",
        Type = EndpointType.Custom,
        Outcome = OutcomeClass.Ok,
        Reason = FailureReason.None,
        Status = 200,
        DurationMs = 1_234,
        Tokens = new TokenUsage { Input = 600, Output = 400, Source = UsageSource.Reported },
        Cost = Money.FromUsd(0.001m),
        PriceVersion = "endpoint:1",
        Summary = new RequestSummary { Requested = "auto", Served = "custom:mine", HadCustom = true, Status = 200, DurationMs = 1_234, PlanHash = "0123456789abcdef" },
    };

    public static CustomModelInfo Model(TenantId tenant, string name)
    {
        var owner = EndpointOwner.OfTenant(tenant);
        var id = ModelId.Custom(name);
        return new CustomModelInfo
        {
            Key = GrainKeys.Endpoint(owner, id),
            ModelId = id,
            Owner = owner,
            BaseUrl = new Uri("http://127.0.0.1:9001/v1"),
            Model = name,
            Dialect = Dialect.OpenAI,
            Enabled = true,
            HasApiKey = false,
            UsageInStream = true,
            Price = new ModelPrice { InputPerMTok = Money.FromUsd(1), OutputPerMTok = Money.FromUsd(1) },
            Version = 1,
            CreatedAt = Now,
        };
    }
}
