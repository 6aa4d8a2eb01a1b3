using BeastOrleans.Upstreams.Failures;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>A stream of legacy completions.</summary>
internal sealed class CompletionsStream(StreamSource source, int choices, bool clientAskedUsage, Scrubber scrubber)
    : ChoiceStream(source, choices, clientAskedUsage, scrubber)
{
    protected override ChunkFacts Read(ReadOnlySpan<byte> data)
    {
        var chunk = CompletionsChunk.Read(data);
        return new ChunkFacts
        {
            IsChunk = chunk.IsChunk,
            IsError = chunk.IsError,
            HasChoices = chunk.HasChoices,
            HasContent = chunk.HasContent,
            HasUsage = chunk.HasUsage,
            Usage = chunk.Usage,
            Characters = chunk.Characters,
            Seen = chunk.Seen,
            Finished = chunk.Finished,
        };
    }
}
