using BeastOrleans.Core.Usage.Spool;
using Microsoft.Extensions.Logging;

namespace BeastOrleans.Gateway.Usage.Spool;

/// <content>What a start finds of the starts before it.</content>
internal sealed partial class UsageSpool
{
    private void Recover()
    {
        var recovery = new SpoolRecovery();
        var found = new List<(string Path, SpoolSegmentHeader Header)>();
        foreach (var path in _directory.Segments())
        {
            var bytes = File.ReadAllBytes(path);
            if (!SpoolCodec.TryReadSegmentHeader(bytes, out var header) || path != SpoolSegment.PathOf(_directory.Path, header.Number))
            {
                // Its header was on the disk before it had its name, so this is damage: kept for people, not read.
                File.Move(path, path + ".damaged", overwrite: true);
                LogDamaged(path);
                continue;
            }

            found.Add((path, header));
            _lastNumber = Math.Max(_lastNumber, header.Number);
            var frames = new SpoolScanner(bytes, header.Salt);
            while (frames.MoveNext())
            {
                recovery.Add(header.Number, frames.Current);
            }
        }

        var held = recovery.Held();
        foreach (var (path, header) in found)
        {
            if (held.TryGetValue(header.Number, out var holds))
            {
                _segments.Add(SpoolSegment.Open(path, header, holds));
            }
            else
            {
                File.Delete(path);
            }
        }

        _recovered = RowsOf(recovery);
    }

    private SpooledRow[] RowsOf(SpoolRecovery recovery)
    {
        var segments = _segments.ToDictionary(s => s.Number);
        var rows = recovery.Rows();
        var unknown = recovery.Unknown();
        if (rows.Count + unknown.Count > 0)
        {
            LogRecovered(rows.Count, unknown.Count);
        }

        return
        [
            .. rows.Select(r => new SpooledRow(null, PlaceOf(r.Settle), PlaceOf(r.Intent))),
            .. unknown.Select(u => PlaceOf(u.Intent) is var place && Read(place) is { } record
                ? new SpooledRow(u.Tokens is { } tokens ? record with { Tokens = tokens } : record, default, place)
                : new SpooledRow(null, default, place)),
        ];

        SpoolPlace PlaceOf(SpoolPosition position) => segments.TryGetValue(position.Segment, out var segment) ? new SpoolPlace(segment, position.Offset) : default;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The process before this one was killed or stopped early: {Rows} rows are sent to the ledger, and {Unknown} attempts are booked as unknown")]
    private partial void LogRecovered(int rows, int unknown);

    [LoggerMessage(Level = LogLevel.Error, Message = "The spool segment {Path} is damaged and was put aside")]
    private partial void LogDamaged(string path);
}
