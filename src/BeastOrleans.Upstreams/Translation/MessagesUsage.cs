using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// Anthropic's usage as it grows over a stream: <c>message_start</c> gives the input, each <c>message_delta</c> the
/// output so far (and sometimes the input again). Later numbers replace earlier ones. The output in <c>message_start</c>
/// is a placeholder of one or a few tokens: of a stream that breaks before its first <c>message_delta</c> only the input is known.
/// </summary>
internal struct MessagesUsage
{
    private long _input;
    private long _cacheRead;
    private long _cacheWrite;
    private long _output;
    private long _thinking;
    private bool _inputReported;
    private bool _outputReported;

    /// <summary>
    /// Anthropic's <c>input_tokens</c> leave the cached ones out, OpenAI's count them in: ours too. While the output is not
    /// known, it is 0 and the whole is marked estimated.
    /// </summary>
    public readonly TokenUsage Total => !_inputReported ? default : new TokenUsage
    {
        Input = _input + _cacheRead + _cacheWrite,
        Output = _outputReported ? _output : 0,
        CachedInput = _cacheRead,
        CacheWrite = _cacheWrite,

        // Counted into the output: never more than it, whatever the upstream says.
        Reasoning = _outputReported ? Math.Min(_thinking, _output) : 0,
        Source = _outputReported ? UsageSource.Reported : UsageSource.Estimated,
    };

    /// <summary>The reader stands on the object's start, and on its end afterwards.</summary>
    /// <param name="reader">Within the event or the answer.</param>
    /// <param name="isFinal">The output is what was generated, not the placeholder of <c>message_start</c>.</param>
    public void Read(ref Utf8JsonReader reader, bool isFinal)
    {
        _inputReported = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                _input = UsageJson.Count(ref reader);
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                _output = UsageJson.Count(ref reader);
                _outputReported |= isFinal;
            }
            else if (reader.ValueTextEquals("output_tokens_details"u8))
            {
                UsageJson.Detail(ref reader, "thinking_tokens"u8, ref _thinking);
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                _cacheRead = UsageJson.Count(ref reader);
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                _cacheWrite = UsageJson.Count(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
