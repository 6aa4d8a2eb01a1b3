using BeastOrleans.Contracts.Usage;
using BeastOrleans.Upstreams;
using Microsoft.ML.Tokenizers;

namespace BeastOrleans.Gateway.Usage;

/// <summary>
/// Counts tokens with OpenAI's public encodings. Claude's is not public: <c>o200k_base</c> stands in for it, as for every
/// model that we know no better of. An encoding is loaded when it is first needed, off the caller's thread, and then kept:
/// 0.25 s and 60 MiB for <c>o200k_base</c>, 0.1 s and 20 MiB for <c>cl100k_base</c> (measured).
/// </summary>
internal sealed class TokenCounter
{
    /// <summary>What a picture or file counts for: one of common size.</summary>
    public const int TokensPerMedia = 1500;

    /// <summary>The marks around a turn.</summary>
    public const int TokensPerTurn = 3;

    /// <summary>
    /// Characters counted at a time. Merging within one word without end costs more than in proportion to its length, so a
    /// hostile text must not be one piece (256 K of emoji: 2 s in pieces of 4,096, 0.15 s in these); a cut costs a token at most,
    /// 1.6 % of plain prose.
    /// </summary>
    private const int SliceLength = 256;

    /// <summary>Characters that <see cref="CountAsync"/> counts; the rest counts as they did. A bound on the work of one request.</summary>
    private const int MaxCounted = 1024 * 1024;

    /// <summary>The same where a client waits for its answer's end.</summary>
    private const int MaxEstimated = 128 * 1024;

    /// <summary>Beginnings of the names of models that came before <c>o200k_base</c>.</summary>
    private static readonly string[] OlderModels = ["gpt-4-", "gpt-3.5", "text-embedding-"];

    private readonly Lazy<Task<Tokenizer>> _o200k = Load("o200k_base");
    private readonly Lazy<Task<Tokenizer>> _cl100k = Load("cl100k_base");

    /// <summary>The encoding of a model, by its name with or without its provider's before it.</summary>
    public static bool IsOlder(string? model)
    {
        var name = model is null ? "" : model[(model.LastIndexOfAny([':', '/']) + 1)..];
        return name == "gpt-4" || Array.Exists(OlderModels, start => name.StartsWith(start, StringComparison.Ordinal));
    }

    /// <summary>Tokens of the prompt as the model would be shown it; an estimate all the same.</summary>
    public async ValueTask<long> CountAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        var tokenizer = await LoadedFor(request.Model).WaitAsync(cancellationToken);
        return CountPrompt(tokenizer, request, MaxCounted);
    }

    /// <summary>What an upstream that told nothing has probably used; null while the encoding is still being loaded, which this begins.</summary>
    /// <param name="model">The upstream's name.</param>
    /// <param name="output">The answer's text, or the beginning of it.</param>
    /// <param name="outputCharacters">Of the whole answer.</param>
    public TokenUsage? TryEstimate(ModelRequest request, string model, ReadOnlySpan<char> output, long outputCharacters)
    {
        // One that failed to load is told by whoever counts; the books go on with the rough estimate.
        if (LoadedFor(model) is not { IsCompletedSuccessfully: true } loaded || (output.IsEmpty && outputCharacters > 0))
        {
            return null;
        }

        var tokenizer = loaded.GetAwaiter().GetResult();
        var count = new Count(MaxEstimated);
        count.Add(tokenizer, output);
        return new TokenUsage
        {
            Input = CountPrompt(tokenizer, request, MaxEstimated),
            Output = count.Of(Math.Max(outputCharacters, output.Length)),
            Source = UsageSource.Estimated,
        };
    }

    private static long CountPrompt(Tokenizer tokenizer, ModelRequest request, int maxCounted)
    {
        var text = PromptText.Of(request.Body);
        var count = new Count(maxCounted);
        var characters = 0L;
        foreach (var one in text.Texts)
        {
            characters += one.Length;
            count.Add(tokenizer, one);
        }

        return count.Of(characters) + ((long)text.Turns * TokensPerTurn) + ((long)text.Media * TokensPerMedia) + text.Ids;
    }

    private Task<Tokenizer> LoadedFor(string? model) => (IsOlder(model) ? _cl100k : _o200k).Value;

    private static Lazy<Task<Tokenizer>> Load(string encoding) =>
        new(() => Task.Run<Tokenizer>(() => TiktokenTokenizer.CreateForEncoding(encoding)));

    /// <summary>A count that stops at a bound.</summary>
    private struct Count(int max)
    {
        private long _characters;
        private long _tokens;

        public void Add(Tokenizer tokenizer, ReadOnlySpan<char> text)
        {
            while (!text.IsEmpty && _characters < max)
            {
                var length = LengthOfSlice(text);
                _tokens += tokenizer.CountTokens(text[..length]);
                _characters += length;
                text = text[length..];
            }
        }

        /// <summary>The tokens of so many characters, of which those counted are the first.</summary>
        public readonly long Of(long characters) => _characters == 0 ? 0 : (_tokens * characters + _characters - 1) / _characters;

        /// <summary>Up to the last blank within the bound, which begins a token; else just the bound, beside no surrogate pair.</summary>
        private static int LengthOfSlice(ReadOnlySpan<char> text)
        {
            if (text.Length <= SliceLength)
            {
                return text.Length;
            }

            var blank = text[..SliceLength].LastIndexOf(' ');
            return blank > 0 ? blank : char.IsHighSurrogate(text[SliceLength - 1]) ? SliceLength - 1 : SliceLength;
        }
    }
}
