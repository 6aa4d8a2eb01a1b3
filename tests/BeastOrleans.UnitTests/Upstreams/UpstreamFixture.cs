using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Upstreams;
using BeastOrleans.Upstreams.OpenAI;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace BeastOrleans.UnitTests.Upstreams;

/// <summary>The upstreams as the host builds them, and calls to make with them.</summary>
internal sealed class UpstreamFixture : IDisposable
{
    public const string Key = "sk-test-0123456789abcdef";

    private readonly ServiceProvider _provider;

    public UpstreamFixture(params string[] allowedNetworks)
    {
        var services = new ServiceCollection();
        services.AddBeastUpstreams();
        services.Configure<UpstreamOptions>(options => options.AllowedNetworks = allowedNetworks);
        _provider = services.BuildServiceProvider();
    }

    public T Get<T>()
        where T : notnull => _provider.GetRequiredService<T>();

    public void Dispose() => _provider.Dispose();

    public static EndpointDescriptor Target(Uri baseUrl, Dialect dialect = Dialect.OpenAI, bool guarded = false) => new()
    {
        Key = "t:acme/e:m",
        ModelId = ModelId.Custom("m"),
        Type = EndpointType.Custom,
        Owner = OwnerKind.Tenant,
        Dialect = dialect,
        BaseUrl = baseUrl,
        Model = "target-model",
        ApiKey = Key,
        Version = 1,
        AddressChosenByTenant = guarded,
    };

    public static ChatRequest Request(string json)
    {
        Assert.True(ChatRequestReader.TryRead(Encoding.UTF8.GetBytes(json), out var request, out var defect), defect?.Message);
        return request;
    }

    public static ChatRequest Request(bool stream = false, string more = "") =>
        Request($$"""{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":{{(stream ? "true" : "false")}}{{more}}}""");

    public async Task<UpstreamReply> SendAsync(
        EndpointDescriptor target, ChatRequest? request = null, bool askUsage = true, CancellationToken cancellationToken = default) =>
        await Get<UpstreamRegistry>().For(target.Dialect).SendAsync(
            new UpstreamCall { Target = target, Request = request ?? Request(), AskUsageInStream = askUsage }, cancellationToken);

    /// <summary>Every item to the end, payloads as text.</summary>
    public static async Task<List<(StreamItemKind Kind, string Payload, AttemptFailure? Failure)>> DrainAsync(UpstreamReply reply)
    {
        Assert.NotNull(reply.Stream);
        var items = new List<(StreamItemKind, string, AttemptFailure?)>();
        await using var stream = reply.Stream;
        while (true)
        {
            var item = await stream.ReadAsync(CancellationToken.None);
            items.Add((item.Kind, Encoding.UTF8.GetString(item.Payload.Span), item.Failure));
            if (item.Kind is StreamItemKind.End or StreamItemKind.Failed)
            {
                return items;
            }
        }
    }
}
