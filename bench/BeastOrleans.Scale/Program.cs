using System.Globalization;
using BeastOrleans.Scale;

// What many users cost one silo. Not a test: nothing here fails on a number.
if (args is not [var count] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var users) || users is < 1_000 or > 10_000_000)
{
    await Console.Error.WriteLineAsync("usage: dotnet run -c Release --project bench/BeastOrleans.Scale -- USERS   (1000 to 10000000)");
    return 2;
}

await Console.Out.WriteLineAsync(await SelectorScale.MeasureAsync(users));
return 0;
