using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BeastOrleans.UnitTests.Upstreams;

/// <summary>An HTTP server on a bare socket that does with each connection what the test says: it can also do what no server should.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public ScriptedServer(Func<ScriptedConnection, Task> script)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _loop = AcceptAsync(script);
    }

    public int Port { get; }

    public Uri BaseUrl => new($"http://127.0.0.1:{Port}/v1");

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers every request with these bytes and closes.</summary>
    public static ScriptedServer Answering(string raw) => new(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.WriteAsync(raw);
    });

    public static ScriptedServer AnsweringBody(string body, int status = 200, string contentType = "application/json", string headers = "") =>
        Answering(Head(status, contentType, Encoding.UTF8.GetByteCount(body), headers) + body);

    public static ScriptedServer Streaming(params string[] events) => new(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
        foreach (var data in events)
        {
            await connection.WriteAsync(data);
        }
    });

    public static string Head(int status, string contentType, int length, string headers = "") =>
        $"HTTP/1.1 {status} X\r\nContent-Type: {contentType}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<ScriptedConnection, Task> script)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client, script);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
            {
                // Stopped: a listener that is asked just afterwards says that it is not listening.
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client, Func<ScriptedConnection, Task> script)
    {
        using (client)
        {
            try
            {
                await script(new ScriptedConnection(client, Requests, _stop.Token));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // The client went away: that is what some tests are about.
            }
        }
    }
}

internal sealed class ScriptedConnection(TcpClient client, ConcurrentQueue<string> requests, CancellationToken stop)
{
    private readonly NetworkStream _stream = client.GetStream();

    public async Task<string> ReadRequestAsync()
    {
        var bytes = new List<byte>();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var read = await _stream.ReadAsync(buffer, stop);
            bytes.AddRange(buffer[..read]);
            var text = Encoding.UTF8.GetString([.. bytes]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (read == 0 || (end >= 0 && bytes.Count >= end + 4 + LengthOf(text[..end])))
            {
                requests.Enqueue(text);
                return text;
            }
        }
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    public Task WriteAsync(byte[] bytes) => _stream.WriteAsync(bytes, stop).AsTask();

    /// <summary>Returns when the other side closes or resets.</summary>
    public async Task WaitForCloseAsync()
    {
        try
        {
            while (await _stream.ReadAsync(new byte[1024], stop) > 0)
            {
            }
        }
        catch (IOException)
        {
        }
    }

    /// <summary>RST instead of FIN.</summary>
    public void Reset()
    {
        client.LingerState = new LingerOption(true, 0);
        client.Close();
    }

    private static int LengthOf(string head)
    {
        var line = head.Split("\r\n").FirstOrDefault(static line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
