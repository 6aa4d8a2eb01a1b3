namespace BeastOrleans.Upstreams.Translation;

/// <summary>A Responses request as it goes on: the chat request, and what the answer needs to know of the original.</summary>
public sealed class ResponsesCall
{
    internal ResponsesCall(ReadOnlyMemory<byte> chatBody, IReadOnlyList<string> dropped, byte[] echo)
    {
        ChatBody = chatBody;
        Dropped = dropped;
        Echo = echo;
    }

    /// <summary>The request in chat's dialect: what <see cref="OpenAI.ChatRequestReader"/> reads.</summary>
    public ReadOnlyMemory<byte> ChatBody { get; }

    /// <summary>Fields left out, for <c>x-beast-dropped</c>: plain ASCII, at most 24.</summary>
    public IReadOnlyList<string> Dropped { get; }

    /// <summary>The members of the response object that repeat the request, made once: <c>"background":false,...,"user":null</c>.</summary>
    internal ReadOnlyMemory<byte> Echo { get; }
}
