using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BeastOrleans.Simulator;

/// <summary>A fake model upstream on a real socket: for tests, demos and as the load peer of benchmarks.</summary>
[SuppressMessage("Design", "CA1056:URI-like properties should not be strings", Justification = "Callers append paths to it and put it into configuration, where it is text.")]
public sealed class SimulatorServer : IAsyncDisposable
{
    private readonly SimulatorState _state;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private WebApplication? _app;

    private SimulatorServer(SimulatorOptions options)
    {
        _state = new SimulatorState(options);
        Port = options.Port;
    }

    /// <summary>The port in use; stays the same over <see cref="RestartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>Such as <c>http://127.0.0.1:9001</c>, without a slash at the end.</summary>
    public string BaseUrl
    {
        get
        {
            var address = _state.Options.Address;
            var host = address.Equals(IPAddress.Any) ? IPAddress.Loopback : address;
            return string.Create(CultureInfo.InvariantCulture, $"http://{new IPEndPoint(host, Port)}");
        }
    }

    public bool IsRunning => _app is not null;

    /// <summary>Requests received, oldest first; stays empty in benchmark mode.</summary>
    public RequestLog Requests => _state.Log;

    public SimulatorStats Stats => _state.Counters.Snapshot(_state.Models);

    public static async Task<SimulatorServer> StartAsync(SimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SimulatorOptions();
        options.Validate();
        var server = new SimulatorServer(options);
        await server.ListenAsync(cancellationToken);
        return server;
    }

    /// <summary>Adds a rule; it replaces the one with the same models and paths.</summary>
    /// <exception cref="ArgumentException">The behaviour is out of bounds; the message names the field.</exception>
    public void Script(SimulatorBehavior behavior)
    {
        ArgumentNullException.ThrowIfNull(behavior);
        if (_state.Script.Add(behavior) is { } problem)
        {
            throw new ArgumentException(problem, nameof(behavior));
        }
    }

    /// <summary>One behaviour for each of the next requests, whatever their model.</summary>
    public void ScriptSteps(params SimulatorBehavior[] steps) => Script(new SimulatorBehavior { Steps = steps });

    /// <summary>The same JSON as the control route takes.</summary>
    public void ScriptJson(string json) =>
        Script(BehaviorJson.Parse(Encoding.UTF8.GetBytes(json), out var problem) ?? throw new ArgumentException(problem, nameof(json)));

    /// <summary>Back to the default behaviour.</summary>
    public void ClearScript() => _state.Script.Clear();

    /// <summary>Kills the upstream: open connections are reset, new ones refused. Log, script and counters stay.</summary>
    public async Task StopAsync()
    {
        await _gate.WaitAsync();
        try
        {
            await KillAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Listens again on the same port, killing what still runs.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        await ListenAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _state.Truth?.Dispose();
        _gate.Dispose();
    }

    internal Task WaitForShutdownAsync() => _app?.WaitForShutdownAsync() ?? Task.CompletedTask;

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_app is not null)
            {
                return;
            }

            _state.IsStopping = false;
            var app = Build();
            try
            {
                await app.StartAsync(cancellationToken);
            }
            catch
            {
                await app.DisposeAsync();
                throw;
            }

            Port = new Uri(app.Urls.First()).Port;
            _app = app;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task KillAsync()
    {
        if (_app is not { } app)
        {
            return;
        }

        _app = null;
        _state.IsStopping = true;
        // A token already cancelled skips Kestrel's wait for requests in flight: this is a crash, not a drain.
        await app.Services.GetRequiredService<IServer>().StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private WebApplication Build()
    {
        // The empty builder reads no files and no environment: a test's port is the one asked for.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(ConfigureKestrel);
        if (!_state.Options.BenchmarkMode)
        {
            // A flush then ends only when the socket has taken the bytes, so a cut after n events loses none of them.
            builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 2);
        }

        var app = builder.Build();
        app.Use(MarkAndGuardAsync);
        var pipeline = new RequestPipeline(_state);
        app.UseRouting();
        app.MapPost(SimulatorRoutes.ChatCompletions, (RequestDelegate)pipeline.ChatCompletionsAsync);
        app.MapPost(SimulatorRoutes.Messages, (RequestDelegate)pipeline.MessagesAsync);
        app.MapPost(SimulatorRoutes.Completions, (RequestDelegate)pipeline.CompletionsAsync);
        app.MapPost(SimulatorRoutes.Embeddings, (RequestDelegate)pipeline.EmbeddingsAsync);
        app.MapGet(SimulatorRoutes.Models, (RequestDelegate)pipeline.ModelsAsync);
        app.MapPost(SimulatorRoutes.GeminiModel, (RequestDelegate)pipeline.GenerateContentAsync);
        app.MapGet(SimulatorRoutes.GeminiModels, (RequestDelegate)pipeline.GeminiModelsAsync);
        app.MapControlApi(_state);
        app.MapFallback("{*path}", (RequestDelegate)(context => SendPlainErrorAsync(context, StatusCodes.Status404NotFound, "The simulator has no such route.")));
        return app;
    }

    private static async Task MarkAndGuardAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers[ResponseHeaders.Simulated] = ResponseHeaders.True;
        try
        {
            await next(context);
        }
        catch (Exception exception) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            // The process edge: nothing is logged here, so a defect of the simulator must show in the answer.
            await SendPlainErrorAsync(context, StatusCodes.Status500InternalServerError, $"Defect in the simulator: {exception.Message}");
        }
    }

    private static Task SendPlainErrorAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = new { message, type = "simulator_error" } }, ControlApi.Json, context.RequestAborted);
    }

    private void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = SimulatorLimits.MaxBodyBytes;
        // Stalls and slow reads are this server's business.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Listen(_state.Options.Address, Port, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
