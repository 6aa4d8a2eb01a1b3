using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Grains.Usage;

/// <summary>Failures, or what they cost, by reason. Every failure has one: what names none, or one of a newer build, is <c>other</c>.</summary>
internal struct ReasonCounts
{
    public long Network;
    public long Overload;
    public long Timeout;
    public long Unhealthy;
    public long Other;

    public void Add(in ReasonCounts other)
    {
        Network += other.Network;
        Overload += other.Overload;
        Timeout += other.Timeout;
        Unhealthy += other.Unhealthy;
        Other += other.Other;
    }

    public void Add(FailureReason reason) => Add(reason, 1);

    public void Add(FailureReason reason, long amount)
    {
        switch (reason)
        {
            case FailureReason.Network:
                Network = checked(Network + amount);
                break;
            case FailureReason.Overload:
                Overload = checked(Overload + amount);
                break;
            case FailureReason.Timeout:
                Timeout = checked(Timeout + amount);
                break;
            case FailureReason.Unhealthy:
                Unhealthy = checked(Unhealthy + amount);
                break;
            default:
                Other = checked(Other + amount);
                break;
        }
    }
}
