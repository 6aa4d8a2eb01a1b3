using System.Diagnostics.CodeAnalysis;

namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>Reads a chat request in OpenAI's dialect: one pass, no copy.</summary>
public static class ChatRequestReader
{
    /// <summary>Never throws: whatever the bytes are, the answer is a request or a defect.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out ChatRequest? request,
        [NotNullWhen(false)] out RequestDefect? defect) => throw new NotImplementedException();
}
