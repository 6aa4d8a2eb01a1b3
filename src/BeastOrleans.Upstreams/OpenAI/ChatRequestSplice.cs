using System.Buffers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>
/// The request's body as the upstream gets it: the client's bytes, cut into segments around the few tokens that change
/// (the model's name, <c>stream_options</c>, and fields that the endpoint refuses). Nothing of the client's body is copied.
/// </summary>
internal static class ChatRequestSplice
{
    private static ReadOnlyMemory<byte> AskUsageMember { get; } = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();

    private static ReadOnlyMemory<byte> AskUsageValue { get; } = "{\"include_usage\":true}"u8.ToArray();

    /// <param name="askUsage">False takes <c>stream_options</c> out, the client's too: the upstream refuses it.</param>
    public static ReadOnlyMemory<byte>[] Build(OpenAIRequest request, string model, bool askUsage) =>
        Build(request, model, askUsage, [], out _);

    /// <param name="fields">What the endpoint refuses of a chat; mostly none.</param>
    /// <param name="dropped">Names of the fields left out.</param>
    public static ReadOnlyMemory<byte>[] Build(
        OpenAIRequest request, string model, bool askUsage, FieldQuirk[] fields, out IReadOnlyList<string> dropped)
    {
        var edits = new List<BodyEdit>(3);
        var name = ModelSplice.JsonString(model);
        if (request.ModelToken.Length > 0)
        {
            edits.Add(new BodyEdit(request.ModelToken.Start, request.ModelToken.Length, name));
        }
        else
        {
            edits.Add(new BodyEdit(request.ObjectStart, 0, Encoding.UTF8.GetBytes("\"model\":" + Encoding.UTF8.GetString(name.Span) + ",")));
        }

        dropped = [];
        var cutsStreamOptions = false;
        if (FieldQuirkEdits.MayTouch(fields, request.NameBits))
        {
            cutsStreamOptions = request.Stream && !askUsage;
            dropped = FieldQuirkEdits.Find(request, fields, cutsStreamOptions, edits);
        }

        if (request.Stream && !cutsStreamOptions && StreamOptionsEdit(request, askUsage) is { } edit)
        {
            edits.Add(edit);
        }

        // What is put in at a place comes before what is cut from there.
        edits.Sort(static (left, right) => left.Start != right.Start ? left.Start.CompareTo(right.Start) : left.Length.CompareTo(right.Length));
        return Segments(request.Body, edits);
    }

    /// <summary>The <c>stream_options</c> that go out are ours alone, or the client's say nothing beyond them.</summary>
    public static bool IsOurs(OpenAIRequest request)
    {
        var (start, length) = request.StreamOptionsToken;
        if (length == 0 || !request.IncludeUsage)
        {
            return length == 0;
        }

        using var document = JsonDocument.Parse(request.Body.Slice(start, length));
        return document.RootElement.EnumerateObject().Count() == 1;
    }

    private static BodyEdit? StreamOptionsEdit(OpenAIRequest request, bool askUsage)
    {
        var (start, length) = request.StreamOptionsToken;
        if (!askUsage)
        {
            return length == 0 ? null : new BodyEdit(request.StreamOptionsMember.Start, request.StreamOptionsMember.Length, default);
        }

        if (request.IncludeUsage)
        {
            return null;
        }

        return length == 0
            ? new BodyEdit(request.ObjectStart, 0, AskUsageMember)
            : new BodyEdit(start, length, WithUsage(request.Body.Slice(start, length)));
    }

    /// <summary>The client's <c>stream_options</c> with <c>include_usage</c> true and every other member kept.</summary>
    private static ReadOnlyMemory<byte> WithUsage(ReadOnlyMemory<byte> value)
    {
        using var document = JsonDocument.Parse(value);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            return AskUsageValue;
        }

        var buffer = new ArrayBufferWriter<byte>(value.Length + AskUsageValue.Length);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (!member.NameEquals("include_usage"u8))
                {
                    member.WriteTo(writer);
                }
            }

            writer.WriteBoolean("include_usage", true);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static ReadOnlyMemory<byte>[] Segments(ReadOnlyMemory<byte> body, List<BodyEdit> edits)
    {
        var segments = new ReadOnlyMemory<byte>[(edits.Count * 2) + 1];
        var count = 0;
        var from = 0;
        foreach (var edit in edits)
        {
            segments[count++] = body[from..edit.Start];
            segments[count++] = edit.Replacement;
            from = edit.Start + edit.Length;
        }

        segments[count] = body[from..];
        return segments;
    }
}
