using System.Buffers;
using System.Text.Json;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The events around an item's deltas.</summary>
public sealed partial class ChatStreamToResponses
{
    private ResponsesItem OpenMessage(IBufferWriter<byte> output)
    {
        if (_open?.Kind != ResponsesItemKind.Message)
        {
            CloseOpen(output);
            _open = Announce(_response.Add(ResponsesItemKind.Message), output);
        }

        return _open;
    }

    private void OpenText(ResponsesItem message, IBufferWriter<byte> output)
    {
        if (message.HasText)
        {
            return;
        }

        message.HasText = true;
        BeginPart("response.content_part.added", message, "content_index", message.TextPlace, output);
        output.Write(""","part":"""u8);
        ResponsesJson.TextPart(output, default, default);
        End(output);
    }

    private ResponsesItem Announce(ResponsesItem item, IBufferWriter<byte> output)
    {
        item.IsAnnounced = true;
        Begin("response.output_item.added", output);
        output.Write(""","output_index":"""u8);
        ResponsesJson.Number(output, item.Index);
        output.Write(""","item":"""u8);
        ResponsesJson.Item(output, item, status: null);
        End(output);
        return item;
    }

    private void CloseOpen(IBufferWriter<byte> output)
    {
        if (_open is { } item)
        {
            _open = null;
            Close(item, ResponsesJson.Completed, output);
        }
    }

    /// <summary>
    /// The call before the one that begins, when its arguments are whole. Otherwise it stays open to the end: a server
    /// may give the deltas of parallel calls in turns.
    /// </summary>
    private void CloseFinished(ResponsesItem? call, IBufferWriter<byte> output)
    {
        if (call is { IsDone: false, IsAnnounced: true } && IsWholeObject(call.Text.WrittenSpan))
        {
            Close(call, ResponsesJson.Completed, output);
        }
    }

    private static bool IsWholeObject(ReadOnlySpan<byte> inside)
    {
        if (inside.IsEmpty)
        {
            return false;
        }

        try
        {
            var quoted = new byte[inside.Length + 2];
            quoted[0] = quoted[^1] = (byte)'"';
            inside.CopyTo(quoted.AsSpan(1));
            var text = new Utf8JsonReader(quoted);
            text.Read();
            using var document = JsonDocument.Parse(text.GetString()!);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            // Not whole yet.
            return false;
        }
    }

    private void Close(ResponsesItem item, IBufferWriter<byte> output) => Close(item, _response.StatusOf(item), output);

    private void Close(ResponsesItem item, string status, IBufferWriter<byte> output)
    {
        if (item.IsDone)
        {
            return;
        }

        item.IsDone = true;
        switch (item.Kind)
        {
            case ResponsesItemKind.Reasoning:
                BeginPart("response.reasoning_summary_text.done", item, "summary_index", 0, output);
                output.Write(""","text":"""u8);
                ResponsesJson.Raw(output, item.Text.WrittenSpan);
                End(output);
                BeginPart("response.reasoning_summary_part.done", item, "summary_index", 0, output);
                output.Write(""","part":"""u8);
                ResponsesJson.SummaryPart(output, item.Text.WrittenSpan);
                End(output);
                break;
            case ResponsesItemKind.Message:
                CloseParts(item, output);
                break;
            default:
                CloseArguments(item, output);
                break;
        }

        Begin("response.output_item.done", output);
        output.Write(""","output_index":"""u8);
        ResponsesJson.Number(output, item.Index);
        output.Write(""","item":"""u8);
        ResponsesJson.Item(output, item, status);
        End(output);
    }

    private void CloseParts(ResponsesItem item, IBufferWriter<byte> output)
    {
        if (item.HasText)
        {
            BeginPart("response.output_text.done", item, "content_index", item.TextPlace, output);
            output.Write(""","text":"""u8);
            ResponsesJson.Raw(output, item.Text.WrittenSpan);
            output.Write(""","logprobs":["""u8);
            output.Write(item.Logprobs.WrittenSpan);
            output.Write("]"u8);
            End(output);
            BeginPart("response.content_part.done", item, "content_index", item.TextPlace, output);
            output.Write(""","part":"""u8);
            ResponsesJson.TextPart(output, item.Text.WrittenSpan, item.Logprobs.WrittenSpan);
            End(output);
        }

        if (item.HasRefusal)
        {
            BeginPart("response.refusal.done", item, "content_index", item.RefusalPlace, output);
            output.Write(""","refusal":"""u8);
            ResponsesJson.Raw(output, item.Refusal.WrittenSpan);
            End(output);
            BeginPart("response.content_part.done", item, "content_index", item.RefusalPlace, output);
            output.Write(""","part":"""u8);
            ResponsesJson.RefusalPart(output, item.Refusal.WrittenSpan);
            End(output);
        }
    }

    private void CloseArguments(ResponsesItem item, IBufferWriter<byte> output)
    {
        var announced = item.IsAnnounced;
        if (!announced)
        {
            Announce(item, output);
        }

        if (ResponsesToChat.EndArguments(item) || !announced)
        {
            BeginItem("response.function_call_arguments.delta", item, output);
            WriteDelta(item.Text.WrittenSpan, output);
            End(output);
        }

        BeginItem("response.function_call_arguments.done", item, output);
        output.Write(""","name":"""u8);
        ResponsesJson.Text(output, item.Name);
        output.Write(""","arguments":"""u8);
        ResponsesJson.Raw(output, item.Text.WrittenSpan);
        End(output);
    }

    private void Begin(string type, IBufferWriter<byte> output)
    {
        output.Write("event: "u8);
        Ascii(type, output);
        output.Write("\ndata: {\"type\":\""u8);
        Ascii(type, output);
        output.Write("\",\"sequence_number\":"u8);
        ResponsesJson.Number(output, _sequence++);
    }

    private void BeginItem(string type, ResponsesItem item, IBufferWriter<byte> output)
    {
        Begin(type, output);
        output.Write(""","item_id":"""u8);
        ResponsesJson.Text(output, item.Id);
        output.Write(""","output_index":"""u8);
        ResponsesJson.Number(output, item.Index);
    }

    private void BeginPart(string type, ResponsesItem item, string placeName, int place, IBufferWriter<byte> output)
    {
        BeginItem(type, item, output);
        output.Write(",\""u8);
        Ascii(placeName, output);
        output.Write("\":"u8);
        ResponsesJson.Number(output, place);
    }

    private static void WriteDelta(ReadOnlySpan<byte> inside, IBufferWriter<byte> output)
    {
        output.Write(""","delta":"""u8);
        ResponsesJson.Raw(output, inside);
    }

    private static void Ascii(string text, IBufferWriter<byte> output)
    {
        var place = output.GetSpan(text.Length);
        output.Advance(System.Text.Encoding.ASCII.GetBytes(text, place));
    }

    private static void End(IBufferWriter<byte> output) => output.Write("}\n\n"u8);
}
