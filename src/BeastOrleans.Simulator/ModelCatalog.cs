using System.Collections.Concurrent;
using System.Text;

namespace BeastOrleans.Simulator;

/// <summary>Cards by model name. Names come from callers, so the table is bounded; the rest get a card of their own each time.</summary>
internal sealed class ModelCatalog
{
    private readonly ConcurrentDictionary<string, ModelCard> _cards = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ModelCard>.AlternateLookup<ReadOnlySpan<char>> _byChars;
    private readonly ModelCard _nameless;
    private readonly SimulatorOptions _options;

    public ModelCatalog(SimulatorOptions options)
    {
        _options = options;
        _nameless = new ModelCard("", options.DefaultTokens);
        _byChars = _cards.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var model in options.Models)
        {
            _cards[model] = new ModelCard(model, options.DefaultTokens);
        }
    }

    public IReadOnlyList<string> Listed => _options.Models;

    public bool IsRejected(string model) => _options.RejectUnknownModels && !_options.Models.Contains(model, StringComparer.Ordinal);

    /// <summary>Looks a name up by its UTF-8 bytes, without a string for one already known.</summary>
    public ModelCard Find(ReadOnlySpan<byte> utf8Name)
    {
        if (utf8Name.Length > SimulatorLimits.MaxModelNameChars)
        {
            return _nameless;
        }

        Span<char> chars = stackalloc char[SimulatorLimits.MaxModelNameChars];
        var name = chars[..Encoding.UTF8.GetChars(utf8Name, chars)];
        if (_byChars.TryGetValue(name, out var card))
        {
            return card;
        }

        card = new ModelCard(name.ToString(), _options.DefaultTokens);
        return _cards.Count < SimulatorLimits.MaxModelCards ? _cards.GetOrAdd(card.Name, card) : card;
    }

    public ModelCard Nameless => _nameless;

    public IReadOnlyDictionary<string, long> RequestsByModel()
    {
        var counts = _cards.Values.Where(card => card.Requests > 0).ToDictionary(card => card.Name, card => card.Requests, StringComparer.Ordinal);
        if (_nameless.Requests > 0)
        {
            counts[""] = counts.GetValueOrDefault("") + _nameless.Requests;
        }

        return counts;
    }
}
