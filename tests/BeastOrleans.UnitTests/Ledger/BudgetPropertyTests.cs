using CsCheck;
using Xunit;

namespace BeastOrleans.UnitTests.Ledger;

/// <summary>
/// The laws of budgets on a real file, over any schedule of several gateways that lease, spend, ship, repeat themselves, crash and
/// come back, while operators change, remove and settle. Checked after every step, by sums that the product does not make.
/// </summary>
public sealed class BudgetPropertyTests
{
    private static readonly Gen<BudgetStep> Steps =
        from kind in Gen.Frequency(
            (4, Gen.Const(BudgetStepKind.Put)),
            (1, Gen.Const(BudgetStepKind.Remove)),
            (10, Gen.Const(BudgetStepKind.Lease)),
            (14, Gen.Const(BudgetStepKind.Spend)),
            (8, Gen.Const(BudgetStepKind.Ship)),
            (4, Gen.Const(BudgetStepKind.Close)),
            (2, Gen.Const(BudgetStepKind.Crash)),
            (2, Gen.Const(BudgetStepKind.Recover)),
            (4, Gen.Const(BudgetStepKind.Wait)),
            (2, Gen.Const(BudgetStepKind.Settle)))
        from gateway in Gen.Int[0, BudgetModel.Gateways - 1]
        from scope in Gen.Int[0, BudgetModel.Scopes - 1]
        from amount in Gen.Int[1, 400]
        from choice in Gen.Int[0, 1_000]
        from repeat in Gen.Bool
        select new BudgetStep(kind, gateway, scope, amount, choice, repeat);

    [Fact]
    public Task Budgets_AfterAnySchedule_KeepTheirLaws() => Steps.Array[20, 80].SampleAsync(
        async steps =>
        {
            using var ledger = new LedgerFixture();
            var model = new BudgetModel(ledger);
            foreach (var step in steps)
            {
                await model.StepAsync(step);
            }
        },
        iter: 100,
        threads: 2);
}
