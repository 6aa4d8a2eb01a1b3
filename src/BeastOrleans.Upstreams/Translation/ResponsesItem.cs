using System.Buffers;

namespace BeastOrleans.Upstreams.Translation;

internal enum ResponsesItemKind
{
    Reasoning = 0,
    Message = 1,
    Call = 2,
}

/// <summary>One output item. Texts are kept as they stand inside a JSON string, escapes and all: both dialects mean the same by them.</summary>
internal sealed class ResponsesItem(ResponsesItemKind kind, int index, string suffix)
{
    public ResponsesItemKind Kind { get; } = kind;

    /// <summary>Its place in <c>output</c>.</summary>
    public int Index { get; } = index;

    public string Id { get; } = kind switch
    {
        ResponsesItemKind.Reasoning => $"rs_{suffix}{index}",
        ResponsesItemKind.Message => $"msg_{suffix}{index}",
        _ => $"fc_{suffix}{index}",
    };

    /// <summary>Text, reasoning or arguments.</summary>
    public ArrayBufferWriter<byte> Text { get; } = new();

    /// <summary>Elements, with commas between.</summary>
    public ArrayBufferWriter<byte> Logprobs { get; } = new(16);

    public ArrayBufferWriter<byte> Refusal { get; } = new(16);

    public bool HasText { get; set; }

    public bool HasRefusal { get; set; }

    /// <summary>The refusal came before any text.</summary>
    public bool RefusalFirst { get; set; }

    public string CallId { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary>The client knows of it.</summary>
    public bool IsAnnounced { get; set; }

    public bool IsDone { get; set; }

    public int TextPlace => HasRefusal && RefusalFirst ? 1 : 0;

    public int RefusalPlace => HasText && !RefusalFirst ? 1 : 0;
}
