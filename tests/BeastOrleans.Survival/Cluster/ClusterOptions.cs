namespace BeastOrleans.Survival.Cluster;

/// <summary>What a run of the cluster's proof is asked for.</summary>
/// <param name="All">Every process is both silo and gateway.</param>
/// <param name="Only">What the names of the scenarios hold; null = all.</param>
/// <param name="From">The directory of the build that the processes start with; null = this one.</param>
internal sealed record ClusterOptions(bool All, string? Only, string? From)
{
    /// <returns>Null where the words are none of these.</returns>
    public static ClusterOptions? TryRead(ReadOnlySpan<string> words)
    {
        var options = new ClusterOptions(All: false, Only: null, From: null);
        while (words is not [])
        {
            switch (words)
            {
                case ["--all", .. var rest]:
                    options = options with { All = true };
                    words = rest;
                    break;
                case ["--only", var name, .. var rest]:
                    options = options with { Only = name };
                    words = rest;
                    break;
                case ["--from", var directory, .. var rest]:
                    options = options with { From = directory };
                    words = rest;
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
