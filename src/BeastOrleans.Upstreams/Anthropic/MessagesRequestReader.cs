using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Upstreams.OpenAI;

namespace BeastOrleans.Upstreams.Anthropic;

/// <summary>
/// Reads a request in Anthropic's messages dialect: one pass, no copy, no object but the request and its two names.
/// Top-level fields that it does not know pass: a native upstream may know them, a translation lists them as dropped. So do
/// block types, kinds of thinking and efforts that it does not know, which a translation refuses.
/// </summary>
public static partial class MessagesRequestReader
{
    /// <summary>The deepest nesting taken, in levels.</summary>
    public const int MaxDepth = ChatRequestReader.MaxDepth;

    /// <summary>The longest model name taken, in characters.</summary>
    public const int MaxModelLength = ChatRequestReader.MaxModelLength;

    /// <summary>The longest <c>metadata.user_id</c> taken, in characters.</summary>
    public const int MaxUserLength = ChatRequestReader.MaxUserLength;

    /// <summary>The longest tool name taken, in characters.</summary>
    public const int MaxToolNameLength = 128;

    /// <summary>The least <c>thinking.budget_tokens</c>.</summary>
    public const int MinThinkingBudget = 1024;

    private static readonly JsonReaderOptions Options = RequestFields.Options(MaxDepth);

    /// <summary>For <c>POST /v1/messages</c>. Never throws: whatever the bytes are, the answer is a request or a defect.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out MessagesRequest? request,
        [NotNullWhen(false)] out RequestDefect? defect) => TryRead(body, needsLimit: true, out request, out defect);

    /// <summary>For <c>POST /v1/messages/count_tokens</c>, where <c>max_tokens</c> is not asked for.</summary>
    public static bool TryReadForCount(
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out MessagesRequest? request,
        [NotNullWhen(false)] out RequestDefect? defect) => TryRead(body, needsLimit: false, out request, out defect);

    private static bool TryRead(
        ReadOnlyMemory<byte> body,
        bool needsLimit,
        [NotNullWhen(true)] out MessagesRequest? request,
        [NotNullWhen(false)] out RequestDefect? defect)
    {
        request = null;
        if (!JsonText.IsWellFormed(body.Span))
        {
            defect = RequestFields.NotUtf8;
            return false;
        }

        var facts = default(Facts);
        try
        {
            Span<(int, int, bool)> names = stackalloc (int, int, bool)[PropertyNames.MaxCount];
            defect = Read(body.Span, new PropertyNames(body.Span, names), needsLimit, ref facts);
        }
        catch (JsonException exception)
        {
            defect = RequestFields.NotJson(exception, MaxDepth);
        }

        if (defect is not null)
        {
            return false;
        }

        request = facts.ToRequest(body);
        return true;
    }

    private static RequestDefect? Read(ReadOnlySpan<byte> body, PropertyNames names, bool needsLimit, ref Facts facts)
    {
        var reader = new Utf8JsonReader(body, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return RequestFields.NotAnObject;
        }

        facts.ObjectStart = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(ref reader, out var problem))
            {
                return new RequestDefect(problem!, null);
            }

            if (ReadProperty(ref reader, ref facts) is { } flaw)
            {
                return flaw.ToDefect();
            }
        }

        // Anything but white space behind the object throws.
        reader.Read();
        if (!facts.HasMessages)
        {
            return new RequestDefect("'messages' is required: a non-empty array of {\"role\",\"content\"} objects.", "messages");
        }

        return needsLimit && facts.MaxOutputTokens is null
            ? new RequestDefect("'max_tokens' is required: a whole number, at least 0.", "max_tokens")
            : null;
    }

    /// <summary>What the pass has found so far.</summary>
    private struct Facts
    {
        public string? Model;
        public (int Start, int Length) ModelToken;
        public int ObjectStart;
        public bool Stream;
        public Capabilities Needs;
        public int? MaxOutputTokens;
        public string? User;
        public bool HasMessages;
        public int PromptBytes;

        public readonly MessagesRequest ToRequest(ReadOnlyMemory<byte> body) => new()
        {
            Body = body,
            Model = string.IsNullOrEmpty(Model) ? null : Model,
            ModelToken = ModelToken,
            ObjectStart = ObjectStart,
            Stream = Stream,
            Needs = Needs,
            MaxOutputTokens = MaxOutputTokens,
            User = User,
            PromptBytes = PromptBytes,
        };
    }
}
