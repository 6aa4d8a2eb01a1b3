using System.Buffers;
using System.Text;

namespace BeastOrleans.Simulator;

/// <summary>The one place that decides how a model request is answered.</summary>
internal sealed class RequestPipeline(SimulatorState state)
{
    private const string SimHeader = "x-sim";

    public Task ChatCompletionsAsync(HttpContext context) => HandleAsync(new Exchange(context, OpenAIResponses.Instance, state), isModelList: false);

    public Task MessagesAsync(HttpContext context) => HandleAsync(new Exchange(context, AnthropicResponses.Instance, state), isModelList: false);

    public Task CompletionsAsync(HttpContext context) => HandleAsync(new Exchange(context, CompletionsResponses.Instance, state), isModelList: false);

    public Task EmbeddingsAsync(HttpContext context) => HandleAsync(new Exchange(context, EmbeddingsResponses.Instance, state), isModelList: false);

    public Task GenerateContentAsync(HttpContext context) => HandleAsync(new Exchange(context, GeminiResponses.Instance, state), isModelList: false);

    public Task GeminiModelsAsync(HttpContext context) => HandleAsync(new Exchange(context, GeminiResponses.Instance, state), isModelList: true);

    public Task ModelsAsync(HttpContext context)
    {
        // Both providers list models at the same path; only Anthropic's clients send their version.
        Dialect dialect = context.Request.Headers.ContainsKey("anthropic-version") ? AnthropicResponses.Instance : OpenAIResponses.Instance;
        return HandleAsync(new Exchange(context, dialect, state), isModelList: true);
    }

    private async Task HandleAsync(Exchange exchange, bool isModelList)
    {
        var watch = default(CancellationTokenRegistration);
        try
        {
            watch = await ReadAsync(exchange);
            await AnswerAsync(exchange, isModelList);
        }
        catch (BadHttpRequestException exception) when (!exchange.Context.Response.HasStarted)
        {
            await PlainAnswer.SendErrorAsync(exchange, new SimulatedError(exception.StatusCode, Message: exception.Message));
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The client left; Close records it.
        }
        finally
        {
            exchange.Close();
            await watch.DisposeAsync();
        }
    }

    private async ValueTask<CancellationTokenRegistration> ReadAsync(Exchange exchange)
    {
        var reader = exchange.Context.Request.BodyReader;
        var body = await RequestReader.ReadBodyAsync(reader, exchange.ClientLeft);
        var request = RequestReader.Parse(body, state.Models);
        exchange.Dialect.ReadAddress(exchange.Context, state.Models, ref request);
        if (request.IsJson && (request.AsksForMore || state.Options.Strict))
        {
            request.Detail = RequestDetail.From(body.ToArray(), exchange.Dialect.Shape);
        }

        request.Model?.OnRequest();
        exchange.Request = request;
        var watch = state.Options.BenchmarkMode ? default : exchange.Log(body);
        reader.AdvanceTo(body.End);
        return watch;
    }

    private async ValueTask AnswerAsync(Exchange exchange, bool isModelList)
    {
        // :: Step 1. What the real provider refuses costs no script step.
        if (Refusal(exchange, isModelList) is { } refusal)
        {
            exchange.Behavior = new SimulatorBehavior();
            await PlainAnswer.SendErrorAsync(exchange, refusal);
            return;
        }

        // :: Step 2. Header before script before default.
        if (ChooseBehavior(exchange) is { } problem)
        {
            await PlainAnswer.SendErrorAsync(exchange, new SimulatedError(400, "simulator_script_error", Message: problem));
            return;
        }

        if (exchange.Request.HasStreamOptions && (exchange.Behavior.RefuseStreamOptions || state.Options.RefuseStreamOptions))
        {
            await PlainAnswer.SendErrorAsync(exchange, new SimulatedError(400, Code: "unknown_parameter", Message: "Unrecognized request argument supplied: stream_options"));
            return;
        }

        // :: Step 3. Faults before the first byte, then one of the three kinds of answer.
        if (!await FaultInjection.BeforeAnswerAsync(exchange))
        {
            return;
        }

        if (CannedAnswer.TrySend(exchange) is { } canned)
        {
            await canned;
        }
        else if (isModelList)
        {
            await PlainAnswer.SendModelsAsync(exchange);
        }
        else
        {
            await GenerateAsync(exchange);
        }
    }

    private async Task GenerateAsync(Exchange exchange)
    {
        var time = state.Options.TimeProvider;
        var request = exchange.Request;
        var answer = new Answer(exchange.Number, time.GetUtcNow().ToUnixTimeSeconds(), exchange.Dialect, request, exchange.Behavior, state.Options.DefaultTokens);
        if (request.Stream)
        {
            await StreamedAnswer.SendAsync(exchange, answer);
            return;
        }

        if (exchange.Behavior.FirstTokenMs is > 0 and { } firstTokenMs)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(firstTokenMs), time, exchange.ClientLeft);
        }

        await PlainAnswer.SendCompletionAsync(exchange, answer);
    }

    private SimulatedError? Refusal(Exchange exchange, bool isModelList)
    {
        if (state.Options.RequiredApiKey is { } key && exchange.Dialect.KeyRefusal(exchange.Context.Request.Headers, key) is { } refusal)
        {
            return refusal;
        }

        if (isModelList)
        {
            return null;
        }

        return exchange.Dialect.Refusal(exchange.Request)
            ?? (state.Options.Strict ? StrictRefusal(exchange) : null)
            ?? (state.Models.IsRejected(exchange.Request.Model!.Name)
                ? exchange.Dialect.UnknownModel(exchange.Request.Model.Name)
                : null);
    }

    private static SimulatedError? StrictRefusal(Exchange exchange)
    {
        try
        {
            return exchange.Dialect.StrictRefusal(exchange);
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // A member deep inside is missing, or of a type in which the rules cannot read it.
            return new SimulatedError(400, Message: "The request is of a wrong shape.");
        }
    }

    /// <summary>The problem of the x-sim header, or null with the behaviour chosen.</summary>
    private string? ChooseBehavior(Exchange exchange)
    {
        var path = exchange.Context.Request.Path.Value ?? "";
        var model = exchange.Request.Model?.Name ?? "";
        if (exchange.Context.Request.Headers.TryGetValue(SimHeader, out var header))
        {
            var behavior = BehaviorJson.Parse(Encoding.UTF8.GetBytes(header.ToString()), out var problem);
            if (behavior is null)
            {
                return $"{SimHeader}: {problem}";
            }

            if (behavior.Steps is not null || behavior.Times is not null)
            {
                return $"{SimHeader}: Fields 'steps' and 'times' have no meaning for a single request.";
            }

            if ((behavior.Models?.Contains(model, StringComparer.Ordinal) ?? true) && (behavior.Paths?.Contains(path, StringComparer.Ordinal) ?? true))
            {
                exchange.Behavior = state.Script.ResolvePerRequest(behavior);
                return null;
            }
        }

        if (state.Script.Next(path, model) is { } scripted)
        {
            exchange.Behavior = scripted;
        }
        else if (SimulatorRoutes.IsGeneration(path))
        {
            exchange.Behavior = state.Script.ResolvePerRequest(state.Options.DefaultBehavior);
        }
        else
        {
            exchange.Behavior = new SimulatorBehavior();
        }

        return null;
    }
}
