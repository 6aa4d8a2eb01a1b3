using BeastOrleans.Failover.Clients;

namespace BeastOrleans.Failover.Accounting;

/// <summary>One request as its client saw it, to be found in the books.</summary>
internal sealed record RequestTrace(Mode Mode, ClientAnswer Answer);
