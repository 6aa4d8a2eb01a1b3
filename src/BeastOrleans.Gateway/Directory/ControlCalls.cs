using Orleans.Runtime.Messaging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace BeastOrleans.Gateway.Directory;

/// <summary>
/// The gateway's short questions to grains, each safe to repeat: a read, or one that carries its operation's id. One that a
/// silo rejected was not delivered and is asked again at once, a few times and within one limit. So is one whose silo fell
/// silent: what was on its way to a killed silo is answered by nobody, and Orleans' client does not say so. When the limit is
/// used up the outcome is unknown: it is the caller's to answer.
/// </summary>
internal sealed class ControlCalls(TimeProvider time)
{
    /// <summary>The longest that a question may take, with all its tries.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>The longest that one try may take while others may follow: a healthy grain answers in a few milliseconds.</summary>
    private static readonly TimeSpan TryLimit = TimeSpan.FromMilliseconds(700);

    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddTimeout(Limit)
        .AddRetry(new RetryStrategyOptions
        {
            // Also when a silo went away under way: whether it ran does not matter to a question.
            ShouldHandle = new PredicateBuilder().Handle<OrleansMessageRejectionException>().Handle<ConnectionFailedException>().Handle<SiloUnavailableException>().Handle<TimeoutRejectedException>(),
            MaxRetryAttempts = 3,

            // The first again at once: the grain is placed anew by it. The others leave the cluster a moment to agree.
            DelayGenerator = static arguments => new ValueTask<TimeSpan?>(
                arguments.AttemptNumber == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(50 << arguments.AttemptNumber)),
        })
        .AddTimeout(TryLimit)
        .Build();

    /// <exception cref="OperationCanceledException">The caller's token, and only then.</exception>
    /// <exception cref="Polly.Timeout.TimeoutRejectedException">No answer within <see cref="Limit"/>.</exception>
    public ValueTask<T> AskAsync<TState, T>(Func<TState, Task<T>> ask, TState state, CancellationToken cancellationToken) =>
        _pipeline.ExecuteAsync(
            static async (call, token) => await call.Ask(call.State).WaitAsync(token),
            (Ask: ask, State: state),
            cancellationToken);
}
