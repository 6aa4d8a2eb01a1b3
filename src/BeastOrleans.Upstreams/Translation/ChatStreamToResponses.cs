using System.Buffers;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// Chat chunks said in the Responses API's events, framed for SSE. One object for each attempt's stream: made anew when
/// a stream begins anew. <c>Translate</c> each chunk, then <c>Complete</c> or <c>Fail</c>, once.
/// </summary>
/// <remarks>
/// Reasoning comes as <c>reasoning_summary_*</c>: the official SDKs, the Vercel AI SDK and LangChain all read it, while
/// <c>reasoning_text</c> is unknown to some. A stream that broke ends with <c>error</c> and not with
/// <c>response.failed</c>: SDKs return a failed response as a value, and an <c>error</c> event they raise. It carries the
/// error twice, flat as documented and under <c>error</c>, where openai-node, openai-python and the AI SDK look.
/// </remarks>
public sealed partial class ChatStreamToResponses
{
    private readonly ResponsesOutput _response;
    private readonly Dictionary<int, ResponsesItem> _calls = [];
    private int _callCount;
    private ResponsesItem? _open;
    private ResponsesItem? _lastCall;
    private int _sequence;
    private bool _started;

    /// <inheritdoc cref="ResponsesToChat.TranslateResponse"/>
    public ChatStreamToResponses(ResponsesCall call, string id, long createdSeconds, string model) =>
        _response = new ResponsesOutput(call, id, createdSeconds, model);

    /// <summary>Writes the events that a chunk gives: none for a chunk of usage alone, or for what is no chunk.</summary>
    public void Translate(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        if (!ChatAnswerDelta.TryRead(chunk, out var delta))
        {
            return;
        }

        if (!_started)
        {
            _response.Model = string.IsNullOrEmpty(delta.Model) ? _response.Model : delta.Model;
        }

        _response.ServiceTier = delta.ServiceTier ?? _response.ServiceTier;
        Start(output);
        _response.FinishReason = delta.FinishReason ?? _response.FinishReason;
        if (delta.Reasoning.Length > 0)
        {
            Reason(delta.Reasoning, output);
        }

        if (delta.Content.Length > 0)
        {
            Say(delta.Content, delta.Logprobs, output);
        }

        if (delta.Refusal.Length > 0)
        {
            Refuse(delta.Refusal, output);
        }

        if (delta.ToolCalls.Length > 0)
        {
            Call(delta.ToolCalls, output);
        }
    }

    /// <summary>The end of an answer that is whole: the items' done events, then <c>response.completed</c> or <c>response.incomplete</c>.</summary>
    /// <param name="usage">As priced; with <see cref="UsageSource.None"/> the response's usage is null.</param>
    public void Complete(in TokenUsage usage, IBufferWriter<byte> output)
    {
        Start(output);
        if (_response.LacksAnswer)
        {
            CloseOpen(output);
            OpenText(OpenMessage(output), output);
        }

        foreach (var item in _response.Items)
        {
            Close(item, output);
        }

        Begin(_response.IncompleteReason is null ? "response.completed" : "response.incomplete", output);
        output.Write(""","response":"""u8);
        _response.Write(output, isFinal: true, usage);
        End(output);
    }

    /// <summary>The end of a stream that broke: an <c>error</c> event; nothing is completed.</summary>
    public void Fail(string type, string code, string message, string? requestId, IBufferWriter<byte> output)
    {
        Begin("error", output);
        output.Write(""","code":"""u8);
        ResponsesJson.Text(output, code);
        output.Write(""","message":"""u8);
        ResponsesJson.Text(output, message);
        output.Write(""","param":null,"error":{"message":"""u8);
        ResponsesJson.Text(output, message);
        output.Write(""","type":"""u8);
        ResponsesJson.Text(output, type);
        output.Write(""","param":null,"code":"""u8);
        ResponsesJson.Text(output, code);
        output.Write("""},"request_id":"""u8);
        ResponsesJson.Text(output, requestId);
        End(output);
    }

    private void Start(IBufferWriter<byte> output)
    {
        if (_started)
        {
            return;
        }

        _started = true;
        foreach (var type in (ReadOnlySpan<string>)["response.created", "response.in_progress"])
        {
            Begin(type, output);
            output.Write(""","response":"""u8);
            _response.Write(output, isFinal: false, default);
            End(output);
        }
    }

    private void Reason(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (_open?.Kind != ResponsesItemKind.Reasoning)
        {
            CloseOpen(output);
            _open = Announce(_response.Add(ResponsesItemKind.Reasoning), output);
            BeginPart("response.reasoning_summary_part.added", _open, "summary_index", 0, output);
            output.Write(""","part":"""u8);
            ResponsesJson.SummaryPart(output, default);
            End(output);
        }

        _open.Text.Write(text);
        BeginPart("response.reasoning_summary_text.delta", _open, "summary_index", 0, output);
        WriteDelta(text, output);
        End(output);
    }

    private void Say(ReadOnlySpan<byte> text, ReadOnlySpan<byte> logprobs, IBufferWriter<byte> output)
    {
        var message = OpenMessage(output);
        OpenText(message, output);
        message.Text.Write(text);
        if (logprobs.Length > 0)
        {
            message.Logprobs.Write(message.Logprobs.WrittenCount > 0 ? ","u8 : default);
            message.Logprobs.Write(logprobs);
        }

        BeginPart("response.output_text.delta", message, "content_index", message.TextPlace, output);
        WriteDelta(text, output);
        output.Write(""","logprobs":["""u8);
        output.Write(logprobs);
        output.Write("]"u8);
        End(output);
    }

    private void Refuse(ReadOnlySpan<byte> refusal, IBufferWriter<byte> output)
    {
        var message = OpenMessage(output);
        if (!message.HasRefusal)
        {
            message.RefusalFirst = !message.HasText;
            message.HasRefusal = true;
            BeginPart("response.content_part.added", message, "content_index", message.RefusalPlace, output);
            output.Write(""","part":"""u8);
            ResponsesJson.RefusalPart(output, default);
            End(output);
        }

        message.Refusal.Write(refusal);
        BeginPart("response.refusal.delta", message, "content_index", message.RefusalPlace, output);
        WriteDelta(refusal, output);
        End(output);
    }

    private void Call(ReadOnlySpan<byte> calls, IBufferWriter<byte> output)
    {
        var reader = new Utf8JsonReader(calls);
        reader.Read();
        for (var place = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; place++)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                Call(ChatCallDelta.Read(ref reader, calls, place), output);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void Call(in ChatCallDelta delta, IBufferWriter<byte> output)
    {
        // Some servers give every call the index 0: a new id with a name is a new call.
        if (!_calls.TryGetValue(delta.Index, out var item)
            || (!string.IsNullOrEmpty(delta.Id) && !string.IsNullOrEmpty(delta.Name) && delta.Id != item.CallId))
        {
            if (_callCount == ChatStreamToMessages.MaxCalls)
            {
                // Forgotten, so that what follows under this number is not added to the call that had it before.
                _calls.Remove(delta.Index);
                return;
            }

            _callCount++;
            CloseOpen(output);
            CloseFinished(_lastCall, output);
            item = _response.Add(ResponsesItemKind.Call);
            item.CallId = string.IsNullOrEmpty(delta.Id) ? _response.NewCallId(item.Index) : delta.Id;
            _calls[delta.Index] = item;
            _lastCall = item;
        }

        if (item.IsDone)
        {
            // Its arguments were a whole JSON object: nothing can belong behind it.
            return;
        }

        // Before the name is known the client cannot be told of the call: its arguments wait.
        var held = item.IsAnnounced ? 0 : item.Text.WrittenCount;
        item.Name = item.Name.Length == 0 ? delta.Name ?? "" : item.Name;
        var fragment = ResponsesToChat.AddArguments(item, delta);
        if (!item.IsAnnounced && item.Name.Length > 0)
        {
            Announce(item, output);
            fragment = held > 0 ? item.Text.WrittenSpan : fragment;
        }

        if (item.IsAnnounced && fragment.Length > 0)
        {
            BeginItem("response.function_call_arguments.delta", item, output);
            WriteDelta(fragment, output);
            End(output);
        }
    }
}
