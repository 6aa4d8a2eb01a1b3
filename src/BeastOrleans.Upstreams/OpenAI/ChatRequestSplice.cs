using System.Buffers;
using System.Text;
using System.Text.Json;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>
/// The request's body as the upstream gets it: the client's bytes, cut into segments around the few tokens that change
/// (the model's name, and <c>stream_options</c>). Nothing of the client's body is copied.
/// </summary>
internal static class ChatRequestSplice
{
    private static ReadOnlyMemory<byte> AskUsageMember { get; } = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();

    private static ReadOnlyMemory<byte> AskUsageValue { get; } = "{\"include_usage\":true}"u8.ToArray();

    /// <param name="askUsage">False takes <c>stream_options</c> out, the client's too: the upstream refuses it.</param>
    public static ReadOnlyMemory<byte>[] Build(OpenAIRequest request, string model, bool askUsage)
    {
        var edits = new List<Edit>(3);
        var name = ModelSplice.JsonString(model);
        if (request.ModelToken.Length > 0)
        {
            edits.Add(new Edit(request.ModelToken.Start, request.ModelToken.Length, name));
        }
        else
        {
            edits.Add(new Edit(request.ObjectStart, 0, Encoding.UTF8.GetBytes("\"model\":" + Encoding.UTF8.GetString(name.Span) + ",")));
        }

        if (request.Stream && StreamOptionsEdit(request, askUsage) is { } edit)
        {
            edits.Add(edit);
        }

        edits.Sort(static (left, right) => left.Start.CompareTo(right.Start));
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

    private static Edit? StreamOptionsEdit(OpenAIRequest request, bool askUsage)
    {
        var (start, length) = request.StreamOptionsToken;
        if (!askUsage)
        {
            return length == 0 ? null : new Edit(request.StreamOptionsMember.Start, request.StreamOptionsMember.Length, default);
        }

        if (request.IncludeUsage)
        {
            return null;
        }

        return length == 0
            ? new Edit(request.ObjectStart, 0, AskUsageMember)
            : new Edit(start, length, WithUsage(request.Body.Slice(start, length)));
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

    private static ReadOnlyMemory<byte>[] Segments(ReadOnlyMemory<byte> body, List<Edit> edits)
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

    private readonly record struct Edit(int Start, int Length, ReadOnlyMemory<byte> Replacement);
}
