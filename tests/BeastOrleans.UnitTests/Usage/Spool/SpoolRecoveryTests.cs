using System.Buffers.Binary;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage.Spool;
using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Usage.Spool;

public sealed class SpoolRecoveryTests
{
    [Fact]
    public void IntentWithoutSettle_IsUnknown_WithItsLastTokens()
    {
        var spool = new ScriptedSpool();
        var intent = spool.Append(SpoolFrameKind.Intent);
        spool.Progress(intent, new TokenUsage { Input = 1, Output = 5, Source = UsageSource.Estimated });
        var last = new TokenUsage { Input = 10, Output = 9, CachedInput = 3, CacheWrite = 2, Reasoning = 1, Source = UsageSource.Reported };
        spool.Progress(intent, last);
        Assert.Equal([new RecoveredIntent(intent, last)], spool.Recover().Unknown());
        Assert.Empty(spool.Recover().Rows());
    }

    [Fact]
    public void Settle_EndsItsIntent()
    {
        var spool = new ScriptedSpool();
        var intent = spool.Append(SpoolFrameKind.Intent);
        var settle = spool.Append(SpoolFrameKind.Settle, intent);
        Assert.Equal([new RecoveredRow(settle, intent)], spool.Recover().Rows());
        Assert.Empty(spool.Recover().Unknown());
    }

    [Fact]
    public void Settle_OfARequestWithoutAttempt_HoldsItsSegmentOnly()
    {
        var spool = new ScriptedSpool();
        var settle = spool.Append(SpoolFrameKind.Settle);
        Assert.Equal([new RecoveredRow(settle, SpoolPosition.None)], spool.Recover().Rows());
        Assert.Equal(1, Assert.Single(spool.Recover().Held()).Value);
    }

    [Fact]
    public void Acknowledged_IsNotSentAgain_AndHoldsNothing()
    {
        var spool = new ScriptedSpool();
        var unknown = spool.Append(SpoolFrameKind.Intent);
        var intent = spool.Append(SpoolFrameKind.Intent);
        var settle = spool.Append(SpoolFrameKind.Settle, intent);
        spool.Acknowledge(settle, unknown);
        var recovery = spool.Recover();
        Assert.Empty(recovery.Rows());
        Assert.Empty(recovery.Unknown());
        Assert.Empty(recovery.Held());
    }

    /// <summary>
    /// Requests in any interleaving, a kill after any frame, segments deleted when nothing in them is needed: every row that
    /// the ledger lacks comes back, none that was acknowledged twice over holds anything, and a second kill changes nothing.
    /// </summary>
    [Fact]
    public void AnyInterleavingAndAnyKill_LosesNothing() =>
        Gen.Select(Gen.Int[0, 9].Array[1, 200], Gen.Int[2, 12]).Sample((choices, perSegment) =>
        {
            var spool = new ScriptedSpool(perSegment);
            var open = new List<SpoolPosition>();
            var unshipped = new List<RecoveredRow>();
            foreach (var choice in choices)
            {
                switch (choice)
                {
                    case < 4:
                        open.Add(spool.Append(SpoolFrameKind.Intent));
                        break;
                    case < 7 when open.Count > 0:
                        var intent = open[choice * 7 % open.Count];
                        open.Remove(intent);
                        unshipped.Add(new RecoveredRow(spool.Append(SpoolFrameKind.Settle, intent), intent));
                        break;
                    case 7 when open.Count > 0:
                        spool.Progress(open[^1], new TokenUsage { Output = choice });
                        break;
                    case > 7 when unshipped.Count > 0:
                        var shipped = unshipped[0];
                        unshipped.RemoveAt(0);
                        spool.Acknowledge(shipped.Settle);
                        spool.Release(shipped.Settle);
                        spool.Release(shipped.Intent);
                        break;
                    default:
                        break;
                }

                var recovery = spool.Recover();
                Assert.Equal(unshipped.OrderBy(r => r.Settle), recovery.Rows().Where(r => unshipped.Exists(u => u.Settle == r.Settle)));
                Assert.All(open, o => Assert.Contains(recovery.Unknown(), u => u.Intent == o));
                Assert.Equal(spool.Recover().Rows(), recovery.Rows());
                Assert.Equal(spool.Recover().Unknown(), recovery.Unknown());

                // What is needed is there.
                Assert.All(recovery.Held().Keys, number => Assert.Contains(number, spool.Segments));
            }
        });

    /// <summary>Segments of a few frames each, under the same tallies as the real ones.</summary>
    private sealed class ScriptedSpool(int perSegment = int.MaxValue)
    {
        private readonly Dictionary<uint, (SegmentTally Tally, List<(SpoolFrameKind Kind, ulong About, byte[] Payload)> Frames)> _segments = new() { [1] = (SegmentTally.Open(), []) };
        private uint _current = 1;
        private int _next = SpoolCodec.SegmentHeaderBytes;

        public IEnumerable<uint> Segments => _segments.Keys;

        public SpoolPosition Append(SpoolFrameKind kind, SpoolPosition about = default, byte[]? payload = null)
        {
            if (_segments[_current].Frames.Count >= perSegment)
            {
                var full = _current;
                _segments[++_current] = (SegmentTally.Open(), []);
                _next = SpoolCodec.SegmentHeaderBytes;
                if (_segments[full].Tally.Seal())
                {
                    _segments.Remove(full);
                }
            }

            var segment = _segments[_current];
            Assert.True(segment.Tally.TryHold());
            segment.Frames.Add((kind, about.Value, payload ?? []));
            var position = new SpoolPosition(_current, (uint)_next);
            _next += SpoolCodec.FrameBytes(payload?.Length ?? 0);
            if (kind is not (SpoolFrameKind.Intent or SpoolFrameKind.Settle))
            {
                Release(position);
            }

            return position;
        }

        public void Progress(SpoolPosition intent, TokenUsage tokens)
        {
            var payload = new byte[ProgressCodec.Bytes];
            ProgressCodec.Write(payload, tokens);
            Append(SpoolFrameKind.Progress, intent, payload);
        }

        public void Acknowledge(params SpoolPosition[] positions)
        {
            var payload = new byte[positions.Length * sizeof(ulong)];
            for (var i = 0; i < positions.Length; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(i * sizeof(ulong)), positions[i].Value);
            }

            Append(SpoolFrameKind.Acknowledged, payload: payload);
        }

        public void Release(SpoolPosition position)
        {
            if (_segments[position.Segment].Tally.Release())
            {
                _segments.Remove(position.Segment);
            }
        }

        public SpoolRecovery Recover()
        {
            var recovery = new SpoolRecovery();
            foreach (var (number, segment) in _segments.OrderBy(s => s.Key))
            {
                var bytes = TestSegment.Of(number, segment.Frames, out _);
                var scanner = new SpoolScanner(bytes, TestSegment.Salt);
                while (scanner.MoveNext())
                {
                    recovery.Add(number, scanner.Current);
                }
            }

            return recovery;
        }
    }
}
