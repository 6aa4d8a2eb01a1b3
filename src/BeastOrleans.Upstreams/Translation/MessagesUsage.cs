using System.Text.Json;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Translation;

/// <summary>
/// Anthropic's usage as it grows over a stream: <c>message_start</c> gives the input, each <c>message_delta</c> the
/// output so far (and sometimes the input again). Later numbers replace earlier ones.
/// </summary>
internal struct MessagesUsage
{
    private long _input;
    private long _cacheRead;
    private long _cacheWrite;
    private long _output;
    private bool _reported;

    /// <summary>Anthropic's <c>input_tokens</c> leave the cached ones out, OpenAI's count them in: ours too.</summary>
    public readonly TokenUsage Total => !_reported ? default : new TokenUsage
    {
        Input = _input + _cacheRead + _cacheWrite,
        Output = _output,
        CachedInput = _cacheRead,
        CacheWrite = _cacheWrite,
        Source = UsageSource.Reported,
    };

    /// <summary>The reader stands on the object's start, and on its end afterwards.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        _reported = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                _input = UsageJson.Count(ref reader);
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                _output = UsageJson.Count(ref reader);
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
