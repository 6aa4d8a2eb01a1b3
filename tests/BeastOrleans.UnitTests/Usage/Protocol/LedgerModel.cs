using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.UnitTests.Usage.Protocol;

/// <summary>The database's side of the protocol: each method is one transaction, as the SQL is.</summary>
internal sealed class LedgerModel(IReadOnlyDictionary<string, Money> limits, MoneyBug bug)
{
    private readonly Dictionary<string, long> _epochs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelLease> _leases = new(StringComparer.Ordinal);

    public Dictionary<string, Money> Posted { get; } = limits.ToDictionary(one => one.Key, _ => Money.Zero, StringComparer.Ordinal);

    public Dictionary<string, Money> Leased { get; } = limits.ToDictionary(one => one.Key, _ => Money.Zero, StringComparer.Ordinal);

    /// <summary>Rows by attempt; more than one entry of an attempt is a double booking.</summary>
    public List<UsageRecord> Rows { get; } = [];

    private readonly HashSet<string> _attempts = new(StringComparer.Ordinal);

    public LeaseGrant Lease(string scope, LeaseRequest ask)
    {
        var posted = Posted[scope];
        if (!_leases.TryGetValue(ask.LeaseId, out var lease))
        {
            if (_epochs.GetValueOrDefault(ask.Gateway) > ask.Epoch)
            {
                return new LeaseGrant { Answer = LeaseAnswer.Exceeded };
            }

            var free = limits[scope] - posted - Leased[scope];
            if (bug != MoneyBug.UnconditionalGrant && ask.Need > free)
            {
                if (ask.IsRepeat)
                {
                    _leases.Add(ask.LeaseId, new ModelLease(scope, ask.Gateway, ask.Epoch, Money.Zero) { IsOpen = false });
                }

                return new LeaseGrant { Answer = limits[scope] - posted >= ask.Need ? LeaseAnswer.InFlight : LeaseAnswer.Exceeded };
            }

            var amount = Math.Max(ask.Need.Nano, Math.Min(ask.Want.Nano, free.Nano / 16));
            lease = new ModelLease(scope, ask.Gateway, ask.Epoch, Money.FromNano(amount));
            _leases.Add(ask.LeaseId, lease);
            Leased[scope] += lease.Amount;
        }

        return new LeaseGrant { Answer = LeaseAnswer.Granted, Amount = lease.Amount, ValidFor = lease.IsOpen ? TimeSpan.FromMinutes(5) : TimeSpan.Zero };
    }

    public void Append(IEnumerable<UsageRecord> batch)
    {
        foreach (var row in batch)
        {
            if (!_attempts.Add(row.AttemptId) && bug != MoneyBug.NonIdempotentShip)
            {
                continue;
            }

            Rows.Add(row);
            foreach (var scope in Posted.Keys.ToArray())
            {
                Posted[scope] += row.Cost;
            }

            foreach (var use in row.Leases ?? [])
            {
                var lease = _leases[use.LeaseId];
                if (!lease.IsOpen)
                {
                    continue;
                }

                var take = Money.FromNano(Math.Min(Math.Min(row.Cost.Nano, use.Reserved.Nano), (lease.Amount - lease.Used).Nano));
                lease.Used += take;
                Leased[lease.Scope] -= take;
            }
        }
    }

    public void Close(string leaseId)
    {
        if (_leases.TryGetValue(leaseId, out var lease) && lease.IsOpen)
        {
            lease.IsOpen = false;
            Leased[lease.Scope] -= lease.Amount - lease.Used;
        }
    }

    public void CloseEarlier(string gateway, long epoch)
    {
        _epochs[gateway] = Math.Max(epoch, _epochs.GetValueOrDefault(gateway));
        foreach (var (id, lease) in _leases)
        {
            if (lease.Gateway == gateway && lease.Epoch < epoch)
            {
                Close(id);
            }
        }
    }

    /// <summary>Leases that are out, for the message of a broken law.</summary>
    public string Open => string.Join(", ", _leases.Where(one => one.Value.IsOpen).Select(one => $"{one.Key} of {one.Value.Scope}: {one.Value.Amount} - {one.Value.Used}"));

    /// <summary>limit = posted + leased + free with nothing negative, and leased = what open leases hold.</summary>
    public string? BrokenLaw()
    {
        foreach (var (scope, limit) in limits)
        {
            var held = _leases.Values.Where(lease => lease.IsOpen && lease.Scope == scope).Sum(lease => (lease.Amount - lease.Used).Nano);
            if (held != Leased[scope].Nano)
            {
                return $"{scope}: leased {Leased[scope]}, but open leases hold {Money.FromNano(held)}";
            }

            if (Posted[scope] + Leased[scope] > limit)
            {
                return $"{scope}: posted {Posted[scope]} + leased {Leased[scope]} > {limit}";
            }
        }

        return null;
    }

    private sealed record ModelLease(string Scope, string Gateway, long Epoch, Money Amount)
    {
        public Money Used { get; set; }

        public bool IsOpen { get; set; } = true;
    }
}
