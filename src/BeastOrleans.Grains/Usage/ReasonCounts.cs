using BeastOrleans.Contracts.Endpoints;

namespace BeastOrleans.Grains.Usage;

/// <summary>Failures by reason. Every failure has one: what names none, or one of a newer build, is <c>other</c>.</summary>
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

    public void Add(FailureReason reason)
    {
        switch (reason)
        {
            case FailureReason.Network:
                Network++;
                break;
            case FailureReason.Overload:
                Overload++;
                break;
            case FailureReason.Timeout:
                Timeout++;
                break;
            case FailureReason.Unhealthy:
                Unhealthy++;
                break;
            default:
                Other++;
                break;
        }
    }
}
