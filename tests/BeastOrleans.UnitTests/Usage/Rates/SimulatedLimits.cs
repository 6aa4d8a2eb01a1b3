using BeastOrleans.Contracts.Metering;
using BeastOrleans.Core.Usage.Rates;

namespace BeastOrleans.UnitTests.Usage.Rates;

/// <summary>One scope's grain and its gateways under more demand than there is, in steps of 10 ms, with messages lost and late.</summary>
internal sealed class SimulatedLimits
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly Random _random;
    private readonly LimitState _state = new("one", TimeSpan.Zero);
    private readonly List<Node> _nodes = [];
    private readonly RateLimits _limits;
    private readonly ReferenceGcra? _law;
    private readonly int _lossPercent;
    private readonly int _requestsPerStep;
    private TimeSpan _now;
    private int _named;

    public SimulatedLimits(int seed, int gateways, int? limit, int? parallel, int lossPercent, int requestsPerStep = 1)
    {
        _random = new Random(seed);
        _limits = new RateLimits { RequestsPerMinute = limit, Parallel = parallel };
        _law = limit is { } one ? new ReferenceGcra(one, Gcra.BurstOf(one)) : null;
        _lossPercent = lossPercent;
        _requestsPerStep = requestsPerStep;
        for (var i = 0; i < gateways; i++)
        {
            _nodes.Add(NewNode());
        }
    }

    public int Admitted { get; private set; }

    public int AboveTheLaw { get; private set; }

    public int MostInFlight { get; private set; }

    public int InFlight => _nodes.Sum(node => node.Slots?.InFlight ?? 0);

    public void ForgetMost() => MostInFlight = 0;

    public void KillAllButOne() => _nodes.RemoveRange(1, _nodes.Count - 1);

    public void Run(TimeSpan time, int killPerMille)
    {
        for (var end = _now + time; _now < end; _now += Step)
        {
            for (var i = 0; i < _nodes.Count; i++)
            {
                if (_random.Next(1_000) < killPerMille)
                {
                    _nodes[i] = NewNode();
                }

                Move(_nodes[i]);
            }

            MostInFlight = Math.Max(MostInFlight, InFlight);
        }
    }

    private Node NewNode() => new(
        $"g{_named++}",
        _limits.RequestsPerMinute is { } limit ? new RateShare(limit, _now) : null,
        _limits.Parallel is { } parallel ? new SlotShare(parallel) : null);

    private void Move(Node node)
    {
        Receive(node);
        for (var i = 0; i < _requestsPerStep; i++)
        {
            Request(node);
        }

        if (node.Slots is { InFlight: > 0 } slots && _random.Next(10) == 0)
        {
            slots.Release();
        }

        if (node.AskedAt is null && _now >= node.NextAskAt)
        {
            Send(node);
        }
    }

    private void Request(Node node)
    {
        if (node.Rate is { } rate)
        {
            if (rate.CanTake(1, _now))
            {
                rate.Take(1);
                Admitted++;
                AboveTheLaw += _law!.Conforms(_now) ? 0 : 1;
            }
            else
            {
                rate.Missed(1, again: false);
                node.NextAskAt = Min(node.NextAskAt, node.AnsweredAt + TimeSpan.FromMilliseconds(100));
            }
        }

        if (node.Slots is { } slots)
        {
            if (slots.CanTake)
            {
                slots.Take();
            }
            else
            {
                slots.Missed();
            }
        }
    }

    private void Send(Node node)
    {
        node.Ask = new LimitAsk
        {
            Gateway = node.Name,
            Number = ++node.Number,
            Limits = _limits,
            Requests = node.Rate?.BeginAsk(_now) ?? default,
            Parallel = node.Slots?.BeginAsk() ?? default,
        };
        (node.AskedAt, node.Answer) = (_now, null);
        node.ArrivesAt = _now + Delay();

        // Never silent for three seconds: that is what a dead one is.
        node.Fate = _now - node.HeardAt > TimeSpan.FromSeconds(1.2) || _random.Next(100) >= _lossPercent ? 0 : _random.Next(1, 4);
    }

    private void Receive(Node node)
    {
        if (node.Late is { } late && _now >= late.At)
        {
            // Given up long ago, and only now at the grain.
            _state.Ask(late.Ask, _now);
            node.Late = null;
        }

        if (node.AskedAt is not { } askedAt)
        {
            return;
        }

        if (_now >= node.ArrivesAt && node.Answer is null && node.Fate is 0 or 2)
        {
            node.Answer ??= _state.Ask(node.Ask!, _now);
            node.HeardAt = _now;
            node.ReturnsAt = node.ReturnsAt > _now ? node.ReturnsAt : _now + Delay();
        }

        if (node.Fate == 0 && node.Answer is { } answer && _now >= node.ReturnsAt)
        {
            node.Rate?.OnGrant(answer.Requests, _now);
            node.Slots?.OnGrant(answer.Slots);
            (node.AskedAt, node.AnsweredAt, node.NextAskAt) = (null, _now, _now + LimitState.ReportEvery);
        }
        else if (_now - askedAt > TimeSpan.FromSeconds(0.5))
        {
            node.Late = node.Fate == 3 ? (_now + Delay(), node.Ask!) : null;
            (node.AskedAt, node.AnsweredAt, node.NextAskAt) = (null, _now, _now);
        }
    }

    private TimeSpan Delay() => TimeSpan.FromMilliseconds(_random.Next(0, _lossPercent == 0 ? 5 : 200));

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private sealed class Node(string name, RateShare? rate, SlotShare? slots)
    {
        public string Name { get; } = name;

        public RateShare? Rate { get; } = rate;

        public SlotShare? Slots { get; } = slots;

        public long Number { get; set; }

        public LimitAsk? Ask { get; set; }

        public LimitGrant? Answer { get; set; }

        public TimeSpan? AskedAt { get; set; }

        public TimeSpan AnsweredAt { get; set; }

        public TimeSpan HeardAt { get; set; }

        public TimeSpan ArrivesAt { get; set; }

        public TimeSpan ReturnsAt { get; set; }

        public TimeSpan NextAskAt { get; set; }

        /// <summary>0 = whole, 1 = the ask is lost, 2 = the answer is lost, 3 = the ask comes late.</summary>
        public int Fate { get; set; }

        public (TimeSpan At, LimitAsk Ask)? Late { get; set; }
    }
}
