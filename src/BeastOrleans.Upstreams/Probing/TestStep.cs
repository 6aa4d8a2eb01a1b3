namespace BeastOrleans.Upstreams.Probing;

/// <summary>One step of an endpoint's test.</summary>
/// <param name="Step"><c>dns</c>, <c>connect</c>, <c>tls</c>, <c>auth</c>, <c>models</c>, <c>chat</c> or <c>stream</c>.</param>
/// <param name="Ms">Milliseconds that the step took.</param>
/// <param name="Detail">What was found, for people; no secret, at most 1 KB.</param>
public sealed record TestStep(string Step, bool Ok, int Ms, string Detail);
