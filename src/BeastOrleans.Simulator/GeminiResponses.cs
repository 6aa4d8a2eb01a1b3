using System.Buffers;
using System.Globalization;
using System.Text;

namespace BeastOrleans.Simulator;

/// <summary>Gemini's <c>generateContent</c> and <c>streamGenerateContent</c>, as the real API writes them. A stream's calls come whole, and it has no terminator.</summary>
internal sealed class GeminiResponses : Dialect
{
    public static readonly GeminiResponses Instance = new();

    private const string ThirdFamily = "gemini-3";

    public override RequestShape Shape => GeminiShape.Instance;

    public override int EventsPerCall => 1;

    /// <summary>The model and the manner stand in the address: <c>/v1beta/models/{model}:streamGenerateContent?alt=sse</c>.</summary>
    public override void ReadAddress(HttpContext context, ModelCatalog models, ref IncomingRequest request)
    {
        if (context.Request.RouteValues["call"] is not string call)
        {
            return;
        }

        var colon = call.LastIndexOf(':');
        request.Stream = call[(colon + 1)..] == "streamGenerateContent";
        request.Model = colon > 0 && (request.Stream || call[(colon + 1)..] == "generateContent")
            ? models.Find(Encoding.UTF8.GetBytes(call[..colon].Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)))
            : null;
        request.AsksForMore = true;
    }

    public override SimulatedError? KeyRefusal(IHeaderDictionary headers, string key)
    {
        var given = headers["x-goog-api-key"].ToString();
        return given.Length == 0
            ? new SimulatedError(403, Message: "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.")
            : given == key ? null
            : new SimulatedError(400, Code: "API_KEY_INVALID", Message: "API key not valid. Please pass a valid API key.");
    }

    public override SimulatedError UnknownModel(string model) => new(
        404, Message: $"models/{model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.");

    /// <summary>Google sends no Retry-After but a duration in the error's details.</summary>
    public override bool TellsRetryInBody(string retryAfter) => int.TryParse(retryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    public override SimulatedError? Refusal(in IncomingRequest request) =>
        request.Model is null ? new SimulatedError(404, Message: "The simulator knows generateContent and streamGenerateContent.")
        : !request.IsJson ? new SimulatedError(400, Message: "Invalid JSON payload received.")
        : request.HasMessages ? null
        : new SimulatedError(400, Message: "* GenerateContentRequest.contents: contents is not specified");

    public override SimulatedError? StrictRefusal(Exchange exchange)
    {
        var (query, request) = (exchange.Context.Request.Query, exchange.Request);
        return request.Stream && query["alt"] != "sse"
            ? new SimulatedError(400, Message: "The simulator streams with alt=sse alone.")
            : GeminiRules.Refusal(request.Detail, request.Model!.Name);
    }

    public override void WriteCompletion(IBufferWriter<byte> writer, Answer answer)
    {
        BeginEvent(writer);
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            BeginCandidate(writer, choice);
            if (answer.ReasoningTokens > 0)
            {
                writer.Write("{\"text\":\""u8);
                answer.WriteReasoning(writer);
                writer.Write("\",\"thought\":true},"u8);
            }

            if (answer.Calls.Count == 0)
            {
                writer.Write("{\"text\":\""u8);
                answer.WriteContent(writer);
                writer.Write("\"}"u8);
            }

            for (var call = 0; call < answer.Calls.Count; call++)
            {
                writer.Write(call == 0 ? ""u8 : ","u8);
                WriteCall(writer, answer, call, choice);
            }

            EndCandidate(writer, answer, choice, isLast: true);
        }

        EndEvent(writer, answer, answer.EventCount);
    }

    public override byte[] EventPrefix(Answer answer) => "data: "u8.ToArray();

    public override void WriteOpening(IBufferWriter<byte> writer, Answer answer, byte[] prefix)
    {
        // The first event brings the first word.
    }

    public override void WriteEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        writer.Write(prefix);
        BeginEvent(writer);
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            BeginCandidate(writer, choice);
            if (index < answer.ReasoningTokens)
            {
                writer.Write("{\"text\":\" thinking\",\"thought\":true}"u8);
            }
            else if (index < answer.FirstCallEvent)
            {
                writer.Write("{\"text\":\""u8);
                answer.WriteWord(writer, index - answer.ReasoningTokens);
                writer.Write("\"}"u8);
            }
            else
            {
                WriteCall(writer, answer, index - answer.FirstCallEvent, choice);
            }

            EndCandidate(writer, answer, choice, isLast: false);
        }

        EndEvent(writer, answer, index + 1);
        writer.Write("\n\n"u8);
    }

    public override void WriteBrokenEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index)
    {
        writer.Write(prefix);
        writer.Write("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"bro\n\n"u8);
    }

    public override void WriteClosing(IBufferWriter<byte> writer, Answer answer, byte[] prefix, bool omitDone)
    {
        writer.Write(prefix);
        BeginEvent(writer);
        for (var choice = 0; choice < answer.Choices; choice++)
        {
            BeginCandidate(writer, choice);
            writer.Write("{\"text\":\"\"}"u8);
            EndCandidate(writer, answer, choice, isLast: true);
        }

        EndEvent(writer, answer, answer.EventCount);
        writer.Write("\n\n"u8);
    }

    public override void WriteError(IBufferWriter<byte> writer, SimulatedError error, long number)
    {
        writer.Write("{\"error\":{\"code\":"u8);
        writer.WriteNumber(error.Status);
        writer.Write(",\"message\":"u8);
        writer.WriteJsonText(Message(error));
        writer.Write(",\"status\":"u8);
        writer.WriteJsonText(error.Type ?? UsualStatus(error.Status));
        if (error.Code is not null)
        {
            writer.Write(",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"u8);
            writer.WriteJsonText(error.Code);
            writer.Write(",\"domain\":\"googleapis.com\",\"metadata\":{\"service\":\"generativelanguage.googleapis.com\"}}]"u8);
        }
        else if (error.RetryAfter is { } seconds && TellsRetryInBody(seconds))
        {
            writer.Write(",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":"u8);
            writer.WriteJsonText(seconds + "s");
            writer.Write("}]"u8);
        }

        writer.Write("}}"u8);
    }

    public override void WriteErrorEvent(IBufferWriter<byte> writer, SimulatedError error, long number)
    {
        writer.Write("data: "u8);
        WriteError(writer, error, number);
        writer.Write("\n\n"u8);
    }

    public override void WriteModels(IBufferWriter<byte> writer, IReadOnlyList<string> models)
    {
        writer.Write("{\"models\":["u8);
        for (var index = 0; index < models.Count; index++)
        {
            writer.Write(index == 0 ? "{\"name\":"u8 : ",{\"name\":"u8);
            writer.WriteJsonText("models/" + models[index]);
            writer.Write(",\"version\":\"001\",\"displayName\":"u8);
            writer.WriteJsonText("Simulated " + models[index]);
            writer.Write(",\"inputTokenLimit\":1048576,\"outputTokenLimit\":65536,\"supportedGenerationMethods\":[\"generateContent\"]}"u8);
        }

        writer.Write("]}"u8);
    }

    private static void BeginEvent(IBufferWriter<byte> writer) => writer.Write("{\"candidates\":["u8);

    private static void BeginCandidate(IBufferWriter<byte> writer, int choice) =>
        writer.Write(choice == 0 ? "{\"content\":{\"parts\":["u8 : ",{\"content\":{\"parts\":["u8);

    private static void EndCandidate(IBufferWriter<byte> writer, Answer answer, int choice, bool isLast)
    {
        writer.Write("],\"role\":\"model\"}"u8);
        if (isLast)
        {
            writer.Write(answer.CutByLength ? ",\"finishReason\":\"MAX_TOKENS\""u8 : ",\"finishReason\":\"STOP\""u8);
        }

        writer.Write(",\"index\":"u8);
        writer.WriteNumber(choice);
        writer.Write("}"u8);
    }

    /// <summary>From Gemini 3 on a call has an id, and the first one a signature to be sent back.</summary>
    private static void WriteCall(IBufferWriter<byte> writer, Answer answer, int call, int choice)
    {
        var isThird = answer.Model.Name.StartsWith(ThirdFamily, StringComparison.Ordinal);
        writer.Write("{\"functionCall\":{"u8);
        if (isThird)
        {
            writer.Write("\"id\":\""u8);
            answer.WriteCallId(writer, "sim"u8, call + choice * answer.Calls.Count);
            writer.Write("\","u8);
        }

        writer.Write("\"name\":"u8);
        writer.WriteJsonText(answer.Calls[call].Name);
        writer.Write(",\"args\":"u8);
        writer.Write(Encoding.UTF8.GetBytes(answer.Calls[call].Arguments));
        writer.Write(isThird && call == 0 ? "},\"thoughtSignature\":\"c2ltdWxhdGVk\"}"u8 : "}}"u8);
    }

    /// <summary>Every event of a stream counts what was made so far.</summary>
    private static void EndEvent(IBufferWriter<byte> writer, Answer answer, int events)
    {
        writer.Write("]"u8);
        if (answer.HasUsage)
        {
            var isLast = events == answer.EventCount;
            var thoughts = Math.Min(answer.ReasoningTokens, isLast ? answer.CompletionTokens : events);
            var made = (isLast ? answer.CompletionTokens : Math.Min(events * answer.Choices, answer.CompletionTokens)) - thoughts;
            writer.Write(",\"usageMetadata\":{\"promptTokenCount\":"u8);
            writer.WriteNumber(answer.PromptTokens);
            writer.Write(",\"candidatesTokenCount\":"u8);
            writer.WriteNumber(Math.Max(made, 0));
            writer.Write(",\"totalTokenCount\":"u8);
            writer.WriteNumber((long)answer.PromptTokens + Math.Max(made, 0) + thoughts);
            if (answer.CachedTokens > 0)
            {
                writer.Write(",\"cachedContentTokenCount\":"u8);
                writer.WriteNumber(answer.CachedTokens);
            }

            writer.Write(",\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":"u8);
            writer.WriteNumber(answer.PromptTokens);
            writer.Write("}]"u8);
            if (thoughts > 0)
            {
                writer.Write(",\"thoughtsTokenCount\":"u8);
                writer.WriteNumber(thoughts);
            }

            writer.Write("}"u8);
        }

        writer.Write(",\"modelVersion\":\""u8);
        writer.Write(answer.Model.JsonName);
        writer.Write("\",\"responseId\":\"sim"u8);
        writer.WriteNumber(answer.Number);
        writer.Write("\"}"u8);
    }

    private static string UsualStatus(int status) => status switch
    {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        >= 500 => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    };
}
