using Microsoft.Extensions.Logging;

namespace BeastOrleans.Grains.Credentials;

/// <summary>
/// The ring in force. The file is looked at again while the process runs, so that a rotation needs no restart: now and then as
/// keys are used, and at once when a credential names a key that is not here, or when somebody says that there is a new one. A
/// file that cannot be read any more leaves what was read before in force.
/// </summary>
internal sealed partial class MasterKeys
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>For those that cannot wait: a credential under a key that nobody has must not read the file for each request.</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(200);

    private readonly CredentialOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger? _logger;
    private readonly Lock _lock = new();
    private volatile MasterKeyRing _ring;
    private (DateTime WrittenAt, long Length) _stamp;
    private long _lookedAt;

    /// <summary>A ring that stays as it is.</summary>
    public MasterKeys(MasterKeyRing ring)
    {
        _ring = ring;
        _time = TimeProvider.System;
        _options = new CredentialOptions();
    }

    private MasterKeys(CredentialOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _ring = MasterKeyRing.Load(options);
        _stamp = StampOf(Path) ?? default;
        _lookedAt = time.GetTimestamp();
    }

    /// <exception cref="MasterKeyException">No keys, short keys, or a file that cannot be read or made.</exception>
    public static MasterKeys Load(CredentialOptions options, TimeProvider time, ILogger<MasterKeys> logger) => new(options, time, logger);

    public MasterKeyRing Current => IsFixed || _time.GetElapsedTime(Volatile.Read(ref _lookedAt)) < LookEvery ? _ring : Look(LookEvery);

    private bool IsFixed => !string.IsNullOrWhiteSpace(_options.MasterKeys) || _options.MasterKeyFile is null;

    private string Path => _options.MasterKeyFile ?? "";

    /// <summary>The ring as the file has it now.</summary>
    public MasterKeyRing Refresh() => IsFixed ? _ring : Look(LookAgainAfter);

    private MasterKeyRing Look(TimeSpan after)
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_lookedAt) < after)
            {
                return _ring;
            }

            Volatile.Write(ref _lookedAt, _time.GetTimestamp());
            try
            {
                if (StampOf(Path) is { } stamp && stamp != _stamp)
                {
                    _ring = MasterKeyRing.Load(_options);
                    _stamp = stamp;
                    LogReloaded(_logger!, _ring.CurrentId);
                }
            }
            catch (Exception e) when (e is MasterKeyException or IOException or UnauthorizedAccessException)
            {
                LogNotReloaded(_logger!, e);
            }

            return _ring;
        }
    }

    // Also where a directory of secrets is swapped by a symbolic link, as Kubernetes does it.
    private static (DateTime WrittenAt, long Length)? StampOf(string path) =>
        File.Exists(path) && (File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)) is FileInfo file
            ? (file.LastWriteTimeUtc, file.Length)
            : null;

    [LoggerMessage(Level = LogLevel.Information, Message = "The master key file was read anew; new credentials are sealed under '{Key}'")]
    private static partial void LogReloaded(ILogger logger, string key);

    [LoggerMessage(Level = LogLevel.Error, Message = "The master key file has changed and cannot be read; the keys read before stay in force")]
    private static partial void LogNotReloaded(ILogger logger, Exception exception);
}
