using System.Buffers;

namespace BeastOrleans.Simulator;

/// <summary>How one provider's wire format writes an answer. Leaves only: who writes what when is <see cref="StreamedAnswer"/>'s.</summary>
internal abstract class Dialect
{
    private const string Bearer = "Bearer ";

    /// <summary>Where its requests say what is asked for.</summary>
    public virtual RequestShape Shape => ChatShape.Instance;

    /// <summary>Events in which a stream tells one tool call.</summary>
    public virtual int EventsPerCall => SimulatedCall.Events;

    /// <summary>What is asked beside the body.</summary>
    public virtual void ReadAddress(HttpContext context, ModelCatalog models, ref IncomingRequest request)
    {
    }

    /// <summary>Why the key, or none, is refused; null when it is the one.</summary>
    public virtual SimulatedError? KeyRefusal(IHeaderDictionary headers, string key)
    {
        var authorization = headers.Authorization.ToString();
        var isBearer = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && authorization.AsSpan(Bearer.Length).SequenceEqual(key);
        return isBearer || string.Equals(headers["x-api-key"].ToString(), key, StringComparison.Ordinal)
            ? null
            : new SimulatedError(401, Message: "Incorrect API key provided.");
    }

    public virtual SimulatedError UnknownModel(string model) =>
        new(404, Message: $"The model `{model}` does not exist or you do not have access to it.");

    /// <summary>True where an error's body says when to try again, in place of the header.</summary>
    public virtual bool TellsRetryInBody(string retryAfter) => false;

    /// <summary>Why the real provider would refuse this request, or null.</summary>
    public abstract SimulatedError? Refusal(in IncomingRequest request);

    /// <summary>Why the real provider would refuse what a lenient one overlooks, or null. Only asked of a strict server.</summary>
    public abstract SimulatedError? StrictRefusal(Exchange exchange);

    public abstract void WriteCompletion(IBufferWriter<byte> writer, Answer answer);

    /// <summary>Bytes that each content event of this answer starts with; computed once per stream.</summary>
    public abstract byte[] EventPrefix(Answer answer);

    public abstract void WriteOpening(IBufferWriter<byte> writer, Answer answer, byte[] prefix);

    /// <summary>Content event <paramref name="index"/>: reasoning first, then words.</summary>
    public abstract void WriteEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index);

    /// <summary>Broken JSON in place of content event <paramref name="index"/>.</summary>
    public abstract void WriteBrokenEvent(IBufferWriter<byte> writer, Answer answer, byte[] prefix, int index);

    public abstract void WriteClosing(IBufferWriter<byte> writer, Answer answer, byte[] prefix, bool omitDone);

    public abstract void WriteError(IBufferWriter<byte> writer, SimulatedError error, long number);

    public abstract void WriteErrorEvent(IBufferWriter<byte> writer, SimulatedError error, long number);

    public abstract void WriteModels(IBufferWriter<byte> writer, IReadOnlyList<string> models);

    protected static string Message(SimulatedError error) => error.Message ?? $"Simulated error {error.Status}.";
}
