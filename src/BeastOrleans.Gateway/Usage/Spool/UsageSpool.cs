using System.Buffers.Binary;
using BeastOrleans.Contracts.Usage;
using BeastOrleans.Core.Usage.Spool;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BeastOrleans.Gateway.Usage.Spool;

/// <summary>
/// What this gateway owes the ledger, in files that outlive it (docs/ledger.md). Appending takes room with one atomic addition
/// and writes into mapped memory: no call to the kernel, no lock that requests share.
/// <code>
///   append ──> current segment ──full──> the spare, made ahead ──> ...
///   acknowledged: a sealed segment of which nothing is needed is deleted
/// </code>
/// </summary>
internal sealed partial class UsageSpool : IDisposable
{
    private readonly ILogger<UsageSpool> _logger;
    private readonly SpoolDirectory _directory;
    private readonly UsageSerializer _serializer;
    private readonly SpoolKeeper _keeper;
    private readonly int _segmentBytes;
    private readonly long _maxBytes;
    private readonly bool _power;

    // Taken when a segment is full or gone, and by the keeper: never by a request that finds room.
    private readonly Lock _changing = new();
    private readonly List<SpoolSegment> _segments = [];
    private SpoolSegment _current;
    private SpoolSegment? _spare;
    private uint _lastNumber;
    private volatile bool _refusing;
    private bool _disposed;
    private SpooledRow[]? _recovered;

    /// <exception cref="SpoolUnavailableException">The directory cannot be used.</exception>
    public UsageSpool(IOptions<UsageSpoolOptions> place, IOptions<GatewayOptions> options, UsageSerializer serializer, ILogger<UsageSpool> logger)
    {
        _logger = logger;
        _serializer = serializer;
        _segmentBytes = place.Value.SegmentBytes;
        _maxBytes = options.Value.SpoolMaxBytes;
        _power = options.Value.Durability == GatewayOptions.PowerDurability;
        _directory = SpoolDirectory.Open(place.Value.Directory ?? throw new InvalidOperationException("The host names no directory for the usage spool."));
        try
        {
            _directory.Tidy();
            Recover();
            _current = Create();
            _spare = MakeSpare();
            _refusing = _spare is null;
        }
        catch (Exception e)
        {
            _segments.ForEach(s => s.Dispose());
            _directory.Dispose();
            if (e is IOException or UnauthorizedAccessException)
            {
                throw new SpoolUnavailableException($"The usage spool {_directory.Path} cannot be used: {e.Message} Free some space, or choose another Beast:DataDirectory.", e);
            }

            throw;
        }

        _keeper = new SpoolKeeper(Keep, logger);
    }

    public SpoolIdentity Identity => _directory.Identity;

    public string DirectoryPath => _directory.Path;

    /// <summary>Another request may start. At the bound, and on a full disk, those under way still have what is left of the current segment.</summary>
    public bool HasRoom => !_refusing;

    /// <summary>What earlier starts left for the ledger, once.</summary>
    public SpooledRow[] TakeRecovered() => Interlocked.Exchange(ref _recovered, null) ?? [];

    /// <summary>Writes one frame; a killed process keeps it. Intents and settles hold their segment until they are acknowledged.</summary>
    /// <returns>False when there is no room, or the frame is too long: nothing was written.</returns>
    public bool TryAppend(SpoolFrameKind kind, SpoolPlace about, ReadOnlySpan<byte> payload, out SpoolPlace place)
    {
        place = default;
        if (payload.Length > SpoolCodec.MaxPayloadBytes)
        {
            return false;
        }

        var bytes = SpoolCodec.FrameBytes(payload.Length);
        while (true)
        {
            var segment = Volatile.Read(ref _current);
            if (segment.Tally.TryHold())
            {
                if (segment.TryReserve(bytes, out var offset))
                {
                    segment.Write(offset, kind, about.Position.Value, payload);
                    place = new SpoolPlace(segment, offset);
                    if (kind is not (SpoolFrameKind.Intent or SpoolFrameKind.Settle))
                    {
                        Release(segment);
                    }

                    return true;
                }

                Release(segment);
            }

            if (!TryAdvance(segment))
            {
                return false;
            }
        }
    }

    /// <summary>Waits, where the settings ask for it, until everything written before the call is on the disk.</summary>
    /// <returns>False when the disk refused.</returns>
    public ValueTask<bool> FlushedAsync() => _power ? _keeper.FlushedAsync() : new ValueTask<bool>(true);

    /// <summary>The row that stands in the spool; null when its bytes are damaged.</summary>
    public UsageRecord? Read(SpoolPlace place)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(SpoolCodec.MaxFrameBytes);
        try
        {
            return place.Segment!.TryRead(place.Offset, buffer, out var frame) ? _serializer.Read(frame.Payload) : null;
        }
        catch (Exception e) when (e is not IOException)
        {
            // Whatever a serializer throws at bytes whose checksum is right: they come from a version that it cannot read.
            LogUnreadable(e, place.Position.Segment, place.Position.Offset);
            return null;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The ledger has these, or they are put aside: their room may go.</summary>
    public void Acknowledge(ReadOnlySpan<SpooledRow> rows)
    {
        var positions = new byte[rows.Length * sizeof(ulong)];
        var written = 0;
        foreach (var row in rows)
        {
            var position = row.Settle.Segment is not null ? row.Settle.Position : row.Intent.Position;
            if (position != SpoolPosition.None)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(positions.AsSpan(written), position.Value);
                written += sizeof(ulong);
            }
        }

        // Without room for it the rows are sent again after a kill, and absorbed.
        TryAppend(SpoolFrameKind.Acknowledged, default, positions.AsSpan(0, written), out _);
        foreach (var row in rows)
        {
            Release(row.Settle.Segment);
            Release(row.Intent.Segment);
        }
    }

    /// <summary>Leaves on the disk what the ledger does not have, and nothing else.</summary>
    public void Dispose()
    {
        _keeper.Dispose();
        lock (_changing)
        {
            _disposed = true;
            if (_current.Tally.Seal())
            {
                Remove(_current);
            }

            if (_spare is { } spare)
            {
                _spare = null;
                Remove(spare);
            }

            _segments.ForEach(s => s.Dispose());
            _segments.Clear();
        }

        _directory.Dispose();
    }

    private void Release(SpoolSegment? segment)
    {
        if (segment is not null && segment.Tally.Release())
        {
            lock (_changing)
            {
                // A request that outlived its host's stop still lets go of what it held.
                if (!_disposed)
                {
                    Remove(segment);
                }
            }
        }
    }

    /// <returns>False when there is no other segment to go to.</returns>
    private bool TryAdvance(SpoolSegment full)
    {
        lock (_changing)
        {
            if (_current != full)
            {
                return true;
            }

            if (_disposed || (_spare ?? MakeSpare(beyondBound: true)) is not { } next)
            {
                _refusing = true;
                return false;
            }

            _spare = null;
            Volatile.Write(ref _current, next);
            if (full.Tally.Seal())
            {
                Remove(full);
            }
        }

        _keeper.Wake();
        return true;
    }

    /// <summary>The keeper's round: a spare at hand, what was written on the disk.</summary>
    private void Keep()
    {
        SpoolSegment[] segments;
        lock (_changing)
        {
            _spare ??= MakeSpare();
            if (_refusing != _spare is null)
            {
                _refusing = _spare is null;
                LogRoom(_refusing ? LogLevel.Error : LogLevel.Information, _refusing ? "full: no further request starts" : "no longer full");
            }

            segments = [.. _segments];
        }

        foreach (var segment in segments)
        {
            segment.Flush();
        }
    }

    /// <param name="beyondBound">Requests under way are booked even where no further one may start.</param>
    private SpoolSegment? MakeSpare(bool beyondBound = false)
    {
        if (!beyondBound && _segments.Sum(s => s.Length) + _segmentBytes > _maxBytes)
        {
            return null;
        }

        try
        {
            return Create();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_refusing)
            {
                LogNoSegment(e, _directory.Path);
            }

            return null;
        }
    }

    private SpoolSegment Create()
    {
        var segment = SpoolSegment.Create(_directory.Path, ++_lastNumber, Identity.Epoch, _segmentBytes);
        _segments.Add(segment);
        return segment;
    }

    private void Remove(SpoolSegment segment)
    {
        _segments.Remove(segment);
        try
        {
            segment.Delete(_directory.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays until the next start, which finds nothing in it that the ledger lacks.
            LogNotDeleted(e, segment.Number);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The usage spool {Directory} cannot have another segment")]
    private partial void LogNoSegment(Exception exception, string directory);

    [LoggerMessage(Message = "The usage spool is {State}")]
    private partial void LogRoom(LogLevel level, string state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Segment {Segment} of the usage spool could not be deleted")]
    private partial void LogNotDeleted(Exception exception, uint segment);

    [LoggerMessage(Level = LogLevel.Error, Message = "The usage spool holds a row that cannot be read, in segment {Segment} at {Offset}")]
    private partial void LogUnreadable(Exception exception, uint segment, uint offset);
}
