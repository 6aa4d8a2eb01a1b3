using BeastOrleans.Benchmarks;
using BenchmarkDotNet.Running;

if (args is ["ledger"])
{
    await LedgerRates.PrintAsync(Console.Out);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Samples).Assembly).Run(args);
