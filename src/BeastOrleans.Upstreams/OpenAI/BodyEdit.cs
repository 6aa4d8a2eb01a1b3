namespace BeastOrleans.Upstreams.OpenAI;

/// <summary>One change of a body: what stands at a place is replaced. Length 0 puts in, an empty replacement cuts.</summary>
internal readonly record struct BodyEdit(int Start, int Length, ReadOnlyMemory<byte> Replacement);
