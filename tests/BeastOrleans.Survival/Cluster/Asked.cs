namespace BeastOrleans.Survival.Cluster;

/// <summary>One request as its client saw it.</summary>
/// <param name="Problem">Null for a whole answer with 2xx.</param>
/// <param name="EndedAt">Since the scenario began.</param>
internal sealed record Asked(int User, string Front, bool Streamed, TimeSpan EndedAt, TimeSpan Took, string? RequestId, string? Problem);
