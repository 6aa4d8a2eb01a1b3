using System.Net;
using System.Net.Sockets;
using BeastOrleans.Host.Cluster;
using BeastOrleans.Host.Settings;

namespace BeastOrleans.Host.Startup;

/// <summary>Looks whether the ports are free before anything starts: a silo that finds its port taken says it in forty lines.</summary>
internal static class PortCheck
{
    /// <exception cref="StartupException">A port is taken; the message names its setting.</exception>
    public static void Require(BeastOptions options, string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            BindingAddress binding;
            try
            {
                binding = BindingAddress.Parse(url);
            }
            catch (FormatException e)
            {
                throw new StartupException($"--urls takes addresses like http://127.0.0.1:8080: '{url}' is none.", e);
            }

            var address = IPAddress.TryParse(binding.Host.Trim('[', ']'), out var parsed) ? parsed
                : binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
                : IPAddress.Any;
            Require(address, binding.Port, $"--urls {url}");
        }

        var operations = IPAddress.Parse(options.BindAddress);
        Require(operations, options.OperationsPort, $"--Beast:OperationsPort={options.OperationsPort}");
        if (options.HasSilo())
        {
            Require(SiloAddresses.Listening(options), options.SiloPort, $"--Beast:SiloPort={options.SiloPort}");
            Require(SiloAddresses.Listening(options), options.ClientGatewayPort, $"--Beast:ClientGatewayPort={options.ClientGatewayPort}");
        }
    }

    private static void Require(IPAddress address, int port, string setting)
    {
        if (port == 0)
        {
            return;
        }

        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // As servers bind on Unix: a port in TIME_WAIT counts as free.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(address, port));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            throw new StartupException($"Port {port} is taken by another process ({setting}). End that process or choose another port.", e);
        }
        catch (SocketException e)
        {
            throw new StartupException($"Cannot listen on {address}:{port} ({setting}): {e.Message}.", e);
        }
    }
}
