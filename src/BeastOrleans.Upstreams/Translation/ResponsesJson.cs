using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>Writes the pieces of a response, whole and streamed alike.</summary>
internal static class ResponsesJson
{
    public const string Completed = "completed";

    public const string Incomplete = "incomplete";

    public const string InProgress = "in_progress";

    /// <summary>A string with quotes.</summary>
    public static void Text(IBufferWriter<byte> output, string? text)
    {
        if (text is null)
        {
            output.Write("null"u8);
            return;
        }

        Raw(output, JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
    }

    /// <summary>A string whose inside stands ready.</summary>
    public static void Raw(IBufferWriter<byte> output, ReadOnlySpan<byte> inside)
    {
        output.Write("\""u8);
        output.Write(inside);
        output.Write("\""u8);
    }

    public static void Number(IBufferWriter<byte> output, long number)
    {
        var place = output.GetSpan(20);
        number.TryFormat(place, out var written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    /// <param name="status">Of the item; null for one that has just begun, whose content is left out.</param>
    public static void Item(IBufferWriter<byte> output, ResponsesItem item, string? status)
    {
        output.Write("""{"id":"""u8);
        Text(output, item.Id);
        switch (item.Kind)
        {
            case ResponsesItemKind.Reasoning:
                output.Write(""","type":"reasoning","summary":["""u8);
                if (status is not null)
                {
                    SummaryPart(output, item.Text.WrittenSpan);
                }

                output.Write("]}"u8);
                return;
            case ResponsesItemKind.Message:
                output.Write(""","type":"message","status":"""u8);
                Text(output, status ?? InProgress);
                output.Write(""","content":["""u8);
                if (status is not null)
                {
                    Parts(output, item);
                }

                output.Write("""],"role":"assistant"}"""u8);
                return;
            default:
                output.Write(""","type":"function_call","status":"""u8);
                Text(output, status ?? InProgress);
                output.Write(""","arguments":"""u8);
                Raw(output, status is null ? default : item.Text.WrittenSpan);
                output.Write(""","call_id":"""u8);
                Text(output, item.CallId);
                output.Write(""","name":"""u8);
                Text(output, item.Name);
                output.Write("}"u8);
                return;
        }
    }

    public static void SummaryPart(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        output.Write("""{"type":"summary_text","text":"""u8);
        Raw(output, text);
        output.Write("}"u8);
    }

    public static void TextPart(IBufferWriter<byte> output, ReadOnlySpan<byte> text, ReadOnlySpan<byte> logprobs)
    {
        output.Write("""{"type":"output_text","annotations":[],"logprobs":["""u8);
        output.Write(logprobs);
        output.Write("""],"text":"""u8);
        Raw(output, text);
        output.Write("}"u8);
    }

    public static void RefusalPart(IBufferWriter<byte> output, ReadOnlySpan<byte> refusal)
    {
        output.Write("""{"type":"refusal","refusal":"""u8);
        Raw(output, refusal);
        output.Write("}"u8);
    }

    private static void Parts(IBufferWriter<byte> output, ResponsesItem item)
    {
        if (item.HasRefusal && item.RefusalFirst)
        {
            RefusalPart(output, item.Refusal.WrittenSpan);
            output.Write(item.HasText ? ","u8 : default);
        }

        if (item.HasText)
        {
            TextPart(output, item.Text.WrittenSpan, item.Logprobs.WrittenSpan);
        }

        if (item.HasRefusal && !item.RefusalFirst)
        {
            output.Write(item.HasText ? ","u8 : default);
            RefusalPart(output, item.Refusal.WrittenSpan);
        }
    }

    public static void Usage(IBufferWriter<byte> output, in TokenUsage usage)
    {
        if (usage.Source == UsageSource.None)
        {
            output.Write("null"u8);
            return;
        }

        output.Write("""{"input_tokens":"""u8);
        Number(output, usage.Input);
        output.Write(""","input_tokens_details":{"cached_tokens":"""u8);
        Number(output, usage.CachedInput);
        output.Write("""},"output_tokens":"""u8);
        Number(output, usage.Output);
        output.Write(""","output_tokens_details":{"reasoning_tokens":"""u8);
        Number(output, usage.Reasoning);
        output.Write("""},"total_tokens":"""u8);
        Number(output, usage.Input + usage.Output);
        output.Write("}"u8);
    }
}
