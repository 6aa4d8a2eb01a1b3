namespace BeastOrleans.Failover;

/// <param name="Quick">Leaves out what takes minutes.</param>
/// <param name="Only">Only faults and scenarios whose name holds this text; null = all.</param>
/// <param name="JsonFile">Where the rows go for a program; null = nowhere.</param>
internal sealed record CommandLine(bool Quick, string? Only, string? JsonFile)
{
    public const string Usage = "usage: tests/failover.sh [--quick] [--only NAME] [--json FILE]";

    /// <summary>Null when the arguments are not understood.</summary>
    public static CommandLine? Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new CommandLine(false, null, null);
        for (var i = 0; i < arguments.Count; i++)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--quick":
                    parsed = parsed with { Quick = true };
                    break;
                case "--only" when value is not null:
                    parsed = parsed with { Only = value };
                    i++;
                    break;
                case "--json" when value is not null:
                    parsed = parsed with { JsonFile = value };
                    i++;
                    break;
                default:
                    return null;
            }
        }

        return parsed;
    }
}
