using System.Buffers.Binary;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage.Spool;

/// <summary>
/// What a restart makes of the frames that it finds: rows that the ledger may not have, and attempts that nobody settled. Fed
/// in the order of positions. Doing it again over the same frames gives the same.
/// </summary>
public sealed class SpoolRecovery
{
    private readonly HashSet<SpoolPosition> _open = [];
    private readonly Dictionary<SpoolPosition, TokenUsage> _progress = [];

    // A settle, and the intent that it ends: none when the request had no attempt, or the intent was lost.
    private readonly Dictionary<SpoolPosition, SpoolPosition> _settled = [];

    public void Add(uint segment, in SpoolFrame frame)
    {
        var position = new SpoolPosition(segment, frame.Offset);
        switch (frame.Kind)
        {
            case SpoolFrameKind.Intent:
                _open.Add(position);
                break;
            case SpoolFrameKind.Progress when _open.Contains(frame.About) && ProgressCodec.Read(frame.Payload) is { } tokens:
                _progress[frame.About] = tokens;
                break;
            case SpoolFrameKind.Settle:
                _settled[position] = _open.Remove(frame.About) ? frame.About : SpoolPosition.None;
                break;
            case SpoolFrameKind.Acknowledged:
                Acknowledge(frame.Payload);
                break;
            default:
                break;
        }
    }

    /// <summary>Rows to send (again), oldest first.</summary>
    public IReadOnlyList<RecoveredRow> Rows() =>
        [.. _settled.Select(s => new RecoveredRow(s.Key, s.Value)).OrderBy(r => r.Settle)];

    /// <summary>Attempts whose end nobody saw, oldest first: their intents are their rows.</summary>
    public IReadOnlyList<RecoveredIntent> Unknown() =>
        [.. _open.Order().Select(i => new RecoveredIntent(i, _progress.TryGetValue(i, out var tokens) ? tokens : null))];

    /// <summary>How much of each segment is still needed; one that is not named can be deleted.</summary>
    public IReadOnlyDictionary<uint, int> Held()
    {
        var held = new Dictionary<uint, int>();
        foreach (var (settle, intent) in _settled)
        {
            Hold(settle);
            Hold(intent);
        }

        foreach (var intent in _open)
        {
            Hold(intent);
        }

        return held;

        void Hold(SpoolPosition position)
        {
            if (position != SpoolPosition.None)
            {
                held[position.Segment] = held.GetValueOrDefault(position.Segment) + 1;
            }
        }
    }

    private void Acknowledge(ReadOnlySpan<byte> positions)
    {
        for (; positions.Length >= sizeof(ulong); positions = positions[sizeof(ulong)..])
        {
            var position = SpoolPosition.Of(BinaryPrimitives.ReadUInt64LittleEndian(positions));
            _settled.Remove(position);
            _open.Remove(position);
        }
    }
}

/// <param name="Intent">None when the request had no attempt.</param>
public readonly record struct RecoveredRow(SpoolPosition Settle, SpoolPosition Intent);

/// <param name="Tokens">What was produced as far as is known; null when nothing was said of it.</param>
public readonly record struct RecoveredIntent(SpoolPosition Intent, TokenUsage? Tokens);
