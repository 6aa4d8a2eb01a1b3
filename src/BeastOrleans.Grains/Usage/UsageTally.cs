using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>What a batch adds to one row of <c>usage_rollup</c>: attempts of one user with one key at one model in one hour.</summary>
internal sealed class UsageTally
{
    private ReasonCounts _failed;

    public long Attempts { get; private set; }

    public long Ok { get; private set; }

    public long Abandoned { get; private set; }

    /// <summary>Their gateway was killed: nobody knows how they ended.</summary>
    public long Unknown { get; private set; }

    /// <summary>Refused for the caller's own mistake: says nothing against the model.</summary>
    public long Caller { get; private set; }

    public ReasonCounts Failed => _failed;

    public TokenUsage Tokens { get; private set; }

    public Money Cost { get; private set; }

    /// <summary>Attempts at a model without a price; their cost is not known, hence not in <see cref="Cost"/>.</summary>
    public long Unpriced { get; private set; }

    public void Add(UsageRecord record)
    {
        Attempts++;
        switch (record.Outcome)
        {
            case var _ when record.Kind == RowKind.Unknown:
                Unknown++;
                break;
            case OutcomeClass.Ok:
                Ok++;
                break;
            case OutcomeClass.Abandoned:
                Abandoned++;
                break;
            case OutcomeClass.Caller:
                Caller++;
                break;
            default:
                _failed.Add(record.Reason);
                break;
        }

        Tokens = Sum(Tokens, record.Tokens);
        if (record.PriceVersion is null)
        {
            Unpriced++;
        }
        else
        {
            Cost += record.Cost;
        }
    }

    /// <summary>Adds the sums of another row.</summary>
    public void Add(UsageTally other)
    {
        Attempts += other.Attempts;
        Ok += other.Ok;
        Abandoned += other.Abandoned;
        Unknown += other.Unknown;
        Caller += other.Caller;
        _failed.Add(other._failed);
        Tokens = Sum(Tokens, other.Tokens);
        Cost += other.Cost;
        Unpriced += other.Unpriced;
    }

    private static TokenUsage Sum(TokenUsage a, TokenUsage b) => new()
    {
        Input = checked(a.Input + b.Input),
        Output = checked(a.Output + b.Output),
        CachedInput = checked(a.CachedInput + b.CachedInput),
        CacheWrite = checked(a.CacheWrite + b.CacheWrite),
        Reasoning = checked(a.Reasoning + b.Reasoning),
    };
}
