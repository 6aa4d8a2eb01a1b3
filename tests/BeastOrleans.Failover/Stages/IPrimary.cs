namespace BeastOrleans.Failover.Stages;

/// <summary>The upstream of the custom model.</summary>
internal interface IPrimary : IAsyncDisposable
{
    /// <summary>As a registration takes it, with <c>/v1</c>.</summary>
    string BaseUrl { get; }

    /// <summary>Answers that were asked of it so far; null where no request can arrive.</summary>
    int? Attempts { get; }
}
