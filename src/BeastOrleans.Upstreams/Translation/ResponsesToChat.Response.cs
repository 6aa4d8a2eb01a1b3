using System.Buffers;
using System.Text.Json;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>The whole answer: what <see cref="ChatStreamToResponses"/> ends with, had it come as one chunk.</summary>
public static partial class ResponsesToChat
{
    /// <summary>The response object; null when the body is no chat completion.</summary>
    /// <param name="body">The upstream's completion, in chat's dialect.</param>
    /// <param name="call">The request.</param>
    /// <param name="id">Unique, letters and digits: <c>resp_</c> and the items' prefixes are put before it.</param>
    /// <param name="createdSeconds">Unix time.</param>
    /// <param name="model">Named when the upstream names none.</param>
    /// <param name="usage">As priced; with <see cref="UsageSource.None"/> the response's usage is null.</param>
    public static byte[]? TranslateResponse(
        ReadOnlyMemory<byte> body, ResponsesCall call, string id, long createdSeconds, string model, in TokenUsage usage)
    {
        if (!ChatAnswerDelta.TryReadWhole(body.Span, out var answer) || !answer.HasChoice)
        {
            return null;
        }

        var response = new ResponsesOutput(call, id, createdSeconds, model);
        try
        {
            Take(response, answer);
        }
        catch (JsonException)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>(body.Length + call.Echo.Length + 512);
        response.Write(buffer, isFinal: true, usage);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Take(ResponsesOutput response, in ChatAnswerDelta answer)
    {
        response.Model = string.IsNullOrEmpty(answer.Model) ? response.Model : answer.Model;
        response.ServiceTier = answer.ServiceTier;
        response.FinishReason = answer.FinishReason;
        if (answer.Reasoning.Length > 0)
        {
            response.Add(ResponsesItemKind.Reasoning).Text.Write(answer.Reasoning);
        }

        if (answer.Content.Length + answer.Refusal.Length > 0)
        {
            var message = response.Add(ResponsesItemKind.Message);
            message.HasText = answer.Content.Length > 0;
            message.HasRefusal = answer.Refusal.Length > 0;
            message.Text.Write(answer.Content);
            message.Refusal.Write(answer.Refusal);
            message.Logprobs.Write(answer.Logprobs);
        }

        if (answer.ToolCalls.Length > 0)
        {
            var reader = new Utf8JsonReader(answer.ToolCalls);
            reader.Read();
            for (var place = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; place++)
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    reader.Skip();
                    continue;
                }

                var found = ChatCallDelta.Read(ref reader, answer.ToolCalls, place);
                var item = response.Add(ResponsesItemKind.Call);
                item.Name = found.Name ?? "";
                item.CallId = string.IsNullOrEmpty(found.Id) ? response.NewCallId(item.Index) : found.Id;
                AddArguments(item, found);
                EndArguments(item);
            }
        }

        if (response.LacksAnswer)
        {
            response.Add(ResponsesItemKind.Message).HasText = true;
        }
    }

    /// <summary>Adds the fragment; an object is turned into the text that it should have been.</summary>
    internal static ReadOnlySpan<byte> AddArguments(ResponsesItem item, in ChatCallDelta call)
    {
        var fragment = call.IsObject ? JsonEncodedText.Encode(call.Arguments, Readable.Encoder).EncodedUtf8Bytes : call.Arguments;
        item.Text.Write(fragment);
        return fragment;
    }

    /// <summary>No arguments are an empty object: clients parse them.</summary>
    /// <returns>They had to be made up.</returns>
    internal static bool EndArguments(ResponsesItem item)
    {
        if (item.Text.WrittenCount > 0)
        {
            return false;
        }

        item.Text.Write("{}"u8);
        return true;
    }
}
