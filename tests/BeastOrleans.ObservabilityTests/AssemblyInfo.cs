using Xunit;

// Meters and activity sources belong to the process: two servers at once would count each other's requests.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
