using System.Text.Json;

namespace BeastOrleans.Simulator;

/// <summary>A tool call that an answer makes.</summary>
/// <param name="Name">As the request names the tool.</param>
/// <param name="Arguments">A JSON object that its schema takes.</param>
internal sealed record SimulatedCall(string Name, string Arguments)
{
    /// <summary>Events of a stream: the call's start, then its arguments in two pieces, cut where no JSON value ends.</summary>
    public const int Events = 3;

    private int Half => Arguments.Length / 2;

    /// <summary>Piece 0 or 1 of the arguments as the inside of a JSON string.</summary>
    public JsonEncodedText Piece(int index) => JsonEncodedText.Encode(index == 0 ? Arguments.AsSpan(0, Half) : Arguments.AsSpan(Half));
}
