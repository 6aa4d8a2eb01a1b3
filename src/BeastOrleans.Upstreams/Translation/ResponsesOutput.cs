using System.Buffers;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>A response as far as it is known: its items, and how it ended.</summary>
/// <param name="call">The request.</param>
/// <param name="id">Without prefix.</param>
/// <param name="createdSeconds">Unix time.</param>
/// <param name="model">What to name until the upstream names one.</param>
internal sealed class ResponsesOutput(ResponsesCall call, string id, long createdSeconds, string model)
{
    public List<ResponsesItem> Items { get; } = [];

    public string Model { get; set; } = model;

    public string? ServiceTier { get; set; }

    /// <summary>The last one of chat's that was seen.</summary>
    public string? FinishReason { get; set; }

    public string? IncompleteReason => FinishReason switch
    {
        "length" => "max_output_tokens",
        "content_filter" => "content_filter",
        _ => null,
    };

    /// <summary>The whole answer's.</summary>
    public string Status => IncompleteReason is null ? ResponsesJson.Completed : ResponsesJson.Incomplete;

    /// <summary>An answer cut short was cut in its last item.</summary>
    public string StatusOf(ResponsesItem item) => item.Index == Items.Count - 1 ? Status : ResponsesJson.Completed;

    /// <summary>An answer that is complete and says nothing has an empty message, as the real ones do.</summary>
    public bool LacksAnswer => IncompleteReason is null && Items.TrueForAll(static item => item.Kind == ResponsesItemKind.Reasoning);

    public ResponsesItem Add(ResponsesItemKind kind)
    {
        var item = new ResponsesItem(kind, Items.Count, id);
        Items.Add(item);
        return item;
    }

    public string NewCallId(int place) => $"call_{id}{place}";

    /// <summary>The response object.</summary>
    /// <param name="isFinal">False leaves output and usage out, as at a stream's start.</param>
    public void Write(IBufferWriter<byte> output, bool isFinal, in TokenUsage usage)
    {
        output.Write("{\"id\":\"resp_"u8);
        output.Write(System.Text.Encoding.UTF8.GetBytes(id));
        output.Write("\",\"object\":\"response\",\"created_at\":"u8);
        ResponsesJson.Number(output, createdSeconds);
        output.Write(""","status":"""u8);
        ResponsesJson.Text(output, isFinal ? Status : ResponsesJson.InProgress);
        output.Write(","u8);
        output.Write(call.Echo.Span);
        output.Write(""","incomplete_details":"""u8);
        if (isFinal && IncompleteReason is { } reason)
        {
            output.Write("""{"reason":"""u8);
            ResponsesJson.Text(output, reason);
            output.Write("}"u8);
        }
        else
        {
            output.Write("null"u8);
        }

        output.Write(""","model":"""u8);
        ResponsesJson.Text(output, Model);
        output.Write(""","service_tier":"""u8);
        ResponsesJson.Text(output, ServiceTier);
        output.Write(""","output":["""u8);
        for (var index = 0; isFinal && index < Items.Count; index++)
        {
            output.Write(index > 0 ? ","u8 : default);
            ResponsesJson.Item(output, Items[index], StatusOf(Items[index]));
        }

        output.Write("""],"usage":"""u8);
        ResponsesJson.Usage(output, isFinal ? usage : default);
        output.Write("}"u8);
    }
}
