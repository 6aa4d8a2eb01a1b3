using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using BeastOrleans.Core.Usage.Spool;

namespace BeastOrleans.Gateway.Usage.Spool;

/// <summary>
/// One file of the spool. While it is open it is mapped and grows: what is written is in the page cache at once, and a
/// killed process loses none of it. A found one is only read.
/// </summary>
internal sealed class SpoolSegment : IDisposable
{
    public const string Suffix = ".spool";

    private readonly FileStream _file;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly SafeBuffer? _memory;
    private readonly SpoolSegmentHeader _header;
    private readonly ulong _salt;
    private readonly long _length;

    // Unmapping waits for a flush under way.
    private readonly Lock _closing = new();
    private bool _closed;
    private long _tail = SpoolCodec.SegmentHeaderBytes;
    private int _dirty;

    private SpoolSegment(FileStream file, SpoolSegmentHeader header, SegmentTally tally, MemoryMappedFile? map)
    {
        _file = file;
        _header = header;
        _salt = header.Salt;
        _length = file.Length;
        Tally = tally;
        if (map is not null)
        {
            _map = map;
            _view = map.CreateViewAccessor(0, _length);
            _memory = _view.SafeMemoryMappedViewHandle;
        }
    }

    public uint Number => _header.Number;

    public SegmentTally Tally { get; }

    public long Length => _length;

    /// <summary>Makes a segment whose every byte has its place on the disk: a full disk fails here, never under a writer's hands.</summary>
    /// <exception cref="IOException">No room, or no access.</exception>
    /// <exception cref="UnauthorizedAccessException">No access.</exception>
    public static SpoolSegment Create(string directory, uint number, long epoch, int bytes)
    {
        var path = PathOf(directory, number);
        var making = path + ".new";
        FileStream? file = null;
        MemoryMappedFile? map = null;
        try
        {
            file = new FileStream(making, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Read | FileShare.Delete,
                PreallocationSize = bytes,
                BufferSize = 0,
            });
            file.SetLength(bytes);
            var header = new SpoolSegmentHeader(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))), epoch, number);
            Span<byte> first = stackalloc byte[SpoolCodec.SegmentHeaderBytes];
            SpoolCodec.WriteSegmentHeader(first, header);
            RandomAccess.Write(file.SafeFileHandle, first, 0);
            file.Flush(flushToDisk: true);
            File.Move(making, path, overwrite: false);
            map = MemoryMappedFile.CreateFromFile(file, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
            return new SpoolSegment(file, header, SegmentTally.Open(), map);
        }
        catch
        {
            map?.Dispose();
            file?.Dispose();
            File.Delete(making);
            throw;
        }
    }

    /// <summary>A segment of an earlier start, of which so much is still needed.</summary>
    public static SpoolSegment Open(string path, SpoolSegmentHeader header, int held)
    {
        var file = new FileStream(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, BufferSize = 0 });
        return new SpoolSegment(file, header, SegmentTally.Recovered(held), map: null);
    }

    public static string PathOf(string directory, uint number) => Path.Combine(directory, FormattableString.Invariant($"{number:D10}{Suffix}"));

    /// <summary>Takes room for a frame; the caller has a hold.</summary>
    /// <returns>False when it is full.</returns>
    public bool TryReserve(int frameBytes, out uint offset)
    {
        var end = Interlocked.Add(ref _tail, frameBytes);
        offset = (uint)Math.Min(end - frameBytes, uint.MaxValue);
        return end <= _length;
    }

    /// <summary>Writes a frame into room that was taken.</summary>
    public void Write(uint offset, SpoolFrameKind kind, ulong about, ReadOnlySpan<byte> payload)
    {
        var memory = _memory!;
        memory.WriteSpan(offset + SpoolCodec.FrameHeaderBytes, payload);
        memory.Write(offset + 16, about);
        memory.Write(offset + 8, SpoolCodec.Mark(kind, _salt));

        // A scan from now on sees the whole frame or none; the CRC sees to it where the hardware reorders.
        Volatile.WriteBarrier();
        memory.Write(offset, SpoolCodec.Seal(kind, about, _salt, offset, payload));
        if (Volatile.Read(ref _dirty) == 0)
        {
            Volatile.Write(ref _dirty, 1);
        }
    }

    /// <summary>Reads one frame back.</summary>
    /// <param name="buffer">At least <see cref="SpoolCodec.MaxFrameBytes"/>.</param>
    /// <returns>False when no whole frame stands there.</returns>
    public bool TryRead(uint offset, Span<byte> buffer, out SpoolFrame frame)
    {
        // Through the file, not the map: both are the page cache. Rows are short, so a first small piece mostly is the whole.
        var length = RandomAccess.Read(_file.SafeFileHandle, buffer[..4096], offset);
        if (SpoolCodec.TryReadFrame(buffer[..length], offset, _salt, out frame))
        {
            return true;
        }

        length = RandomAccess.Read(_file.SafeFileHandle, buffer[..SpoolCodec.MaxFrameBytes], offset);
        return SpoolCodec.TryReadFrame(buffer[..length], offset, _salt, out frame);
    }

    /// <summary>Brings to the disk what was written before the call.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Flush()
    {
        if (_view is null || Interlocked.Exchange(ref _dirty, 0) == 0)
        {
            return;
        }

        lock (_closing)
        {
            if (_closed)
            {
                return;
            }

            try
            {
                _view.Flush();
                _file.Flush(flushToDisk: true);
            }
            catch
            {
                Volatile.Write(ref _dirty, 1);
                throw;
            }
        }
    }

    /// <summary>Nothing in it is needed any more.</summary>
    public void Delete(string directory)
    {
        Dispose();
        File.Delete(PathOf(directory, Number));
    }

    public void Dispose()
    {
        lock (_closing)
        {
            _closed = true;
            _view?.Dispose();
            _map?.Dispose();
            _file.Dispose();
        }
    }
}

/// <summary>A frame and the segment that it stands in; none when <paramref name="Segment"/> is null.</summary>
internal readonly record struct SpoolPlace(SpoolSegment? Segment, uint Offset)
{
    public SpoolPosition Position => Segment is { } segment ? new SpoolPosition(segment.Number, Offset) : SpoolPosition.None;
}
