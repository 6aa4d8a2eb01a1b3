using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>The edits that an endpoint's refused fields ask of a chat body: another name, or out with it.</summary>
internal static class FieldQuirkEdits
{
    private static readonly JsonReaderOptions Options = RequestFields.Options(ChatRequestReader.MaxDepth);

    /// <summary>False: none of the fields is there, and the body need not be searched.</summary>
    public static bool MayTouch(FieldQuirk[] fields, ulong names)
    {
        foreach (var field in fields)
        {
            if ((names & NameBits.Of(field.Name)) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="cutStreamOptions">They go out with the others: whose comma goes with whom is decided once.</param>
    /// <returns>The names left out, of those that said something.</returns>
    public static IReadOnlyList<string> Find(OpenAIRequest request, FieldQuirk[] fields, bool cutStreamOptions, List<BodyEdit> edits)
    {
        List<string>? dropped = null;
        var reader = new Utf8JsonReader(request.Body.Span, Options);
        reader.Read();
        var anyStays = false;
        var cutFrom = -1;
        var previousEnd = request.ObjectStart;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var nameLength = reader.ValueSpan.Length + 2;
            var quirk = QuirkOf(ref reader, fields);
            var rename = quirk?.SendAs is { } sendAs && !Has(request, sendAs) ? sendAs : null;
            var cut = rename is null && (quirk is not null || (cutStreamOptions && reader.ValueTextEquals("stream_options"u8)));
            reader.Read();
            if (cut && quirk is not null && reader.TokenType != JsonTokenType.Null)
            {
                (dropped ??= []).Add(quirk.Name);
            }

            reader.Skip();
            var end = (int)reader.BytesConsumed;
            if (cut && anyStays)
            {
                edits.Add(new BodyEdit(previousEnd, end - previousEnd, default));
            }
            else if (cut)
            {
                cutFrom = cutFrom < 0 ? start : cutFrom;
            }
            else
            {
                // The first that stays ends what was cut before it, with its comma. One stays always: messages.
                if (cutFrom >= 0)
                {
                    edits.Add(new BodyEdit(cutFrom, start - cutFrom, default));
                    cutFrom = -1;
                }

                if (rename is not null)
                {
                    edits.Add(new BodyEdit(start, nameLength, ModelSplice.JsonString(rename)));
                }

                anyStays = true;
            }

            previousEnd = end;
        }

        return dropped ?? (IReadOnlyList<string>)[];
    }

    private static FieldQuirk? QuirkOf(ref Utf8JsonReader reader, FieldQuirk[] fields)
    {
        foreach (var field in fields)
        {
            if (reader.ValueTextEquals(field.Name))
            {
                return field;
            }
        }

        return null;
    }

    // The client may have given both names: its own word for what the endpoint knows is kept.
    private static bool Has(OpenAIRequest request, string name)
    {
        if ((request.NameBits & NameBits.Of(name)) == 0)
        {
            return false;
        }

        var reader = new Utf8JsonReader(request.Body.Span, Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(name))
            {
                return true;
            }

            reader.Read();
            reader.Skip();
        }

        return false;
    }
}
