using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using BeastOrleans.Testing;

namespace BeastOrleans.ClusterTests.Deploy;

/// <summary>
/// Debian's nginx with the configuration that we ship, in a directory and on a port of its own. Of the shipped files only the
/// port and the gateways' addresses are changed.
/// </summary>
internal sealed partial class NginxProcess : IAsyncDisposable
{
    private static readonly string Shipped = Path.Combine(RepositoryRoot.Path, "deploy", "nginx");

    private readonly DirectoryInfo _prefix;
    private readonly Process _process;

    private NginxProcess(DirectoryInfo prefix, Process process, int port)
    {
        _prefix = prefix;
        _process = process;
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false })
        {
            BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")),
            Timeout = TimeSpan.FromSeconds(100),
        };
    }

    public HttpClient Http { get; }

    /// <param name="gatewayPorts">As many as upstream.conf has servers; on loopback.</param>
    public static async Task<NginxProcess> StartAsync(params int[] gatewayPorts)
    {
        var port = BeastServer.FreePorts(1)[0];
        var prefix = Write(port, gatewayPorts);
        var process = Run(prefix);
        var nginx = new NginxProcess(prefix, process, port);
        try
        {
            await Eventually.IsTrueAsync("nginx listens", async () =>
            {
                Assert.False(process.HasExited, "nginx has ended: " + (process.HasExited ? await process.StandardError.ReadToEndAsync() : ""));
                return File.Exists(Path.Combine(prefix.FullName, "nginx.pid")) && await ListensAsync(port);
            });
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    /// <summary>What <c>nginx -t</c> says of the shipped files, and its exit code.</summary>
    public static async Task<(int Code, string Output)> CheckAsync(Func<string, string>? change = null)
    {
        var prefix = Write(BeastServer.FreePorts(1)[0], [1, 2, 3], change);
        try
        {
            using var process = Run(prefix, "-t");
            var output = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, output);
        }
        finally
        {
            prefix.Delete(recursive: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _prefix.Delete(recursive: true);
    }

    private static Process Run(DirectoryInfo prefix, params string[] more)
    {
        var start = new ProcessStartInfo("nginx") { RedirectStandardError = true };
        foreach (var argument in (string[])["-p", prefix.FullName, "-c", "nginx.conf", "-e", "stderr", .. more])
        {
            start.ArgumentList.Add(argument);
        }

        // Where Debian puts it, which is on no ordinary user's path.
        start.FileName = File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
        return Process.Start(start)!;
    }

    private static DirectoryInfo Write(int port, int[] gatewayPorts, Func<string, string>? change = null)
    {
        var server = File.ReadAllText(Path.Combine(Shipped, "beast.conf"));
        Assert.Contains("listen 8080;", server, StringComparison.Ordinal);
        server = server.Replace("listen 8080;", string.Create(CultureInfo.InvariantCulture, $"listen 127.0.0.1:{port};"), StringComparison.Ordinal);

        var upstream = File.ReadAllText(Path.Combine(Shipped, "upstream.conf"));
        Assert.Equal(gatewayPorts.Length, ServerName().Count(upstream));
        upstream = ServerName().Replace(upstream, name =>
            string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{gatewayPorts[int.Parse(name.Groups[1].Value, CultureInfo.InvariantCulture) - 1]}"));

        var prefix = Directory.CreateTempSubdirectory("beast-nginx-");
        File.WriteAllText(Path.Combine(prefix.FullName, "beast.conf"), change?.Invoke(server) ?? server);
        File.WriteAllText(Path.Combine(prefix.FullName, "upstream.conf"), upstream);
        File.WriteAllText(Path.Combine(prefix.FullName, "nginx.conf"), $$"""
            daemon off;
            worker_processes 2;
            pid nginx.pid;
            {{(Environment.UserName == "root" ? "user root;" : "")}}
            events { worker_connections 512; }
            http {
                access_log off;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                include upstream.conf;
                include beast.conf;
            }
            """);
        return prefix;
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        try
        {
            await socket.ConnectAsync(System.Net.IPAddress.Loopback, port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"beast-(\d):8080")]
    private static partial Regex ServerName();
}
