using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BeastOrleans.Failover.Stages;

/// <summary>An upstream on a bare socket, for what no HTTP server can be talked into.</summary>
internal sealed class RawPrimary : IPrimary
{
    private const int HeaderBytes = 50_000_000;
    private const int HeaderValueLength = 1_000;

    private static readonly byte[] Header = Encoding.ASCII.GetBytes("x-filler: " + new string('x', HeaderValueLength) + "\r\n");

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly bool _sendsHeaders;
    private readonly Task _accepting;
    private int _attempts;

    /// <param name="sendsHeaders">Sends headers without an end; else closes as soon as it has read something.</param>
    public RawPrimary(bool sendsHeaders)
    {
        _sendsHeaders = sendsHeaders;
        _listener.Start();
        BaseUrl = string.Create(CultureInfo.InvariantCulture, $"http://{_listener.LocalEndpoint}/v1");
        _accepting = AcceptAsync();
    }

    public string BaseUrl { get; }

    public int? Attempts => Volatile.Read(ref _attempts);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var buffer = new byte[64 * 1024];
                var read = await socket.ReceiveAsync(buffer, _stop.Token);
                if (!buffer.AsSpan(0, read).StartsWith("POST "u8))
                {
                    // The circuit's own probe.
                    return;
                }

                Interlocked.Increment(ref _attempts);
                if (_sendsHeaders)
                {
                    await socket.SendAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), _stop.Token);
                    for (var sent = 0; sent < HeaderBytes; sent += Header.Length)
                    {
                        await socket.SendAsync(Header, _stop.Token);
                    }
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The gateway had enough, which is the point, or the run is over.
            }
        }
    }
}
