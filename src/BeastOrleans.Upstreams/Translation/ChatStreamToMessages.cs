using System.Buffers;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// Says a chat stream as Anthropic's events, in the order that its clients rely on: <c>message_start</c>, <c>ping</c>,
/// blocks one after the other, <c>message_delta</c>, <c>message_stop</c>. One for each stream; not for several threads.
/// A block is never opened while another is open. Calls whose fragments come mixed are told apart by number: the first is
/// streamed on, the others wait until its arguments are closed.
/// </summary>
/// <param name="model">Named when the upstream names none.</param>
/// <param name="fallbackId">Makes the message's id when the upstream gives none, e.g. the request's id.</param>
/// <param name="inputTokens">Estimate for <c>message_start</c>: chat upstreams tell the count at the end only.</param>
public sealed partial class ChatStreamToMessages(string model, string fallbackId, long inputTokens = 0)
{
    private TokenUsage _usage;
    private string _id = "";
    private string? _finishReason;
    private string? _stopSequence;
    private bool _refused;
    private bool _started;
    private bool _completed;

    /// <summary>A finish reason was seen: <see cref="Complete"/> may end the message.</summary>
    public bool IsFinished => _finishReason is not null;

    /// <summary>Takes the payload of one chunk (also those of usage alone) and writes the events that it makes: none, or several.</summary>
    /// <returns>False when it is no chunk: nothing was written.</returns>
    public bool Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_completed || !ChatDelta.TryRead(chunk, out var delta))
        {
            return false;
        }

        if (delta.HasUsage)
        {
            _usage = delta.Usage;
        }

        if (!_started)
        {
            _started = true;
            _id = MessagesToChat.MessageId(delta.Id, fallbackId);
            MessagesEvents.Start(output, _id, string.IsNullOrEmpty(delta.Model) ? model : delta.Model, UsageOr(default));
            MessagesEvents.Ping(output);
        }

        WriteText(output, BlockKind.Thinking, delta.Thinking);
        WriteText(output, BlockKind.Text, delta.Text);
        WriteParts(output, delta.Parts);
        WriteText(output, BlockKind.Text, delta.Refusal);
        _refused |= !delta.Refusal.IsEmpty;
        ReadCalls(output, delta.ToolCalls);
        _finishReason = delta.FinishReason ?? _finishReason;
        _stopSequence = delta.StopSequence ?? _stopSequence;
        return true;
    }

    /// <summary>
    /// Ends the message, once the upstream's stream has ended. It waits until then since usage comes behind the finish reason.
    /// </summary>
    /// <param name="estimate">Usage to tell when the upstream told none.</param>
    /// <returns>False when no finish reason was seen: nothing is written, the stream is broken.</returns>
    public bool Complete(IBufferWriter<byte> output, TokenUsage estimate = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_finishReason is null || _completed)
        {
            return false;
        }

        _completed = true;
        Flush(output);
        var stop = MessagesToChat.StopReason(_finishReason, _calls.Count > 0, _refused, _stopSequence is not null);
        MessagesEvents.End(output, stop, stop == "stop_sequence" ? _stopSequence : null, UsageOr(estimate));
        return true;
    }

    private TokenUsage UsageOr(TokenUsage estimate) => _usage.Source != UsageSource.None ? _usage
        : estimate.Source != UsageSource.None ? estimate : new TokenUsage { Input = inputTokens };

    private void WriteParts(IBufferWriter<byte> output, ReadOnlySpan<byte> parts)
    {
        if (parts.IsEmpty)
        {
            return;
        }

        var reader = new Utf8JsonReader(parts);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isText = reader.ValueTextEquals("text"u8);
                reader.Read();
                if (isText && reader.TokenType == JsonTokenType.String)
                {
                    WriteText(output, BlockKind.Text, reader.ValueSpan);
                }

                reader.Skip();
            }
        }
    }
}
