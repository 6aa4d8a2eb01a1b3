using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Usage.Leases;

/// <summary>A question for a new lease. The id is made here, so a question whose answer was lost is repeated as it was.</summary>
/// <param name="LeaseId">Unique for ever.</param>
/// <param name="Need">Less would be of no use.</param>
/// <param name="Want">What would last a while.</param>
/// <param name="IsRepeat">An answer was lost: the first question may yet arrive, also after this one.</param>
public sealed record LeaseAsk(string LeaseId, Money Need, Money Want, bool IsRepeat = false);
