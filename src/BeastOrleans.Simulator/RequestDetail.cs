using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>
/// What a request asks for beside plain text: tool calls, an answer by a schema, thought, vectors. By a rule, so that a test can foretell
/// the answer: a user's message is answered by a call of the first tool (of all when it says "parallel"), a tool's result by its own text.
/// </summary>
internal sealed class RequestDetail
{
    private const int UsualReasoningTokens = 3;

    private RequestDetail(JsonElement root) => Root = root;

    public JsonElement Root { get; }

    public IReadOnlyList<SimulatedCall> Calls { get; private set; } = [];

    /// <summary>The whole answer; null leaves the usual words.</summary>
    public string? Text { get; private set; }

    /// <summary>Thought before the answer, in tokens.</summary>
    public int ReasoningTokens { get; private set; }

    /// <summary>Texts that end the answer where they begin.</summary>
    public IReadOnlyList<string> Stops { get; private set; } = [];

    /// <summary>How many answers are asked for.</summary>
    public int Choices { get; private set; } = 1;

    /// <summary>A limit of the answer that only the whole body shows; null where there is none.</summary>
    public int? MaxTokens { get; private set; }

    /// <summary>Null where there is nothing special, or the body is no object.</summary>
    public static RequestDetail? From(ReadOnlyMemory<byte> body, RequestShape shape)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var detail = new RequestDetail(document.RootElement.Clone());
            if (detail.Root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            detail.Decide(shape);
            return detail;
        }
        catch (JsonException)
        {
            // The reader has found that out, too, and refuses it in the dialect's words.
            return null;
        }
        catch (InvalidOperationException)
        {
            // A member is of a type that no rule expects: strict servers refuse it, others answer plainly.
            return null;
        }
    }

    private void Decide(RequestShape shape)
    {
        ReasoningTokens = shape.AsksForThought(Root) ? UsualReasoningTokens : 0;
        Choices = Math.Clamp(NumberOf(shape.Choices(Root)) ?? 1, 1, SimulatorLimits.MaxChoices);
        MaxTokens = NumberOf(shape.MaxTokens(Root));
        Stops = shape.Stops(Root) switch
        {
            { ValueKind: JsonValueKind.String } stop => [stop.GetString()!],
            { ValueKind: JsonValueKind.Array } stops => [.. stops.EnumerateArray().Select(static stop => stop.GetString()!)],
            _ => [],
        };
        if (!Root.TryGetProperty(shape.Turns, out var turns) || turns.ValueKind != JsonValueKind.Array || turns.GetArrayLength() == 0)
        {
            return;
        }

        var last = turns[turns.GetArrayLength() - 1];
        var result = shape.ResultOf(last);
        var choice = shape.Choice(Root);
        if (result is null && !choice.IsNone && shape.PromptOf(last) is { } prompt)
        {
            var all = !choice.IsSingle && prompt.Contains("parallel", StringComparison.OrdinalIgnoreCase);
            Calls = [.. shape.Tools(Root)
                .Where(tool => tool.Name is not null && (choice.Forced is null || tool.Name == choice.Forced))
                .Take(all ? int.MaxValue : 1)
                .Select(static tool => new SimulatedCall(tool.Name!, tool.Schema is { } schema ? SchemaSample.Of(schema) : "{}"))];
        }

        if (Calls.Count == 0)
        {
            Text = shape.SchemaOf(Root) is { } asked ? SchemaSample.Of(asked) : result is null ? null : $"The tool said: {result}";
        }
    }

    private static int? NumberOf(JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;
}
