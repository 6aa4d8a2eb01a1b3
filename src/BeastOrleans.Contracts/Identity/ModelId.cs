namespace BeastOrleans.Contracts.Identity;

/// <summary>
/// A model as requests name it: <c>custom:name</c> or <c>provider:model</c>. The part before the first colon is
/// the provider; the rest is opaque (it may hold <c>/</c> and <c>:</c>).
/// </summary>
[GenerateSerializer, Immutable, Alias("beast.ModelId")]
public readonly record struct ModelId
{
    /// <summary>The provider part of every custom model.</summary>
    public const string CustomProvider = "custom";

    /// <summary>The longest model name taken, in characters.</summary>
    public const int MaxNameLength = 256;

    private ModelId(string provider, string name)
    {
        Provider = provider;
        Name = name;
    }

    [Id(0)]
    public string Provider { get; init; }

    [Id(1)]
    public string Name { get; init; }

    public bool IsCustom => Provider == CustomProvider;

    public static ModelId Custom(string name) => new(CustomProvider, name);

    public static ModelId Of(string provider, string name) => new(provider, name);

    /// <summary>Takes <c>provider:name</c>; false for a bare name, an empty part or an over-long name.</summary>
    public static bool TryParse(string? text, out ModelId id)
    {
        id = default;
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon <= 0 || colon == text!.Length - 1)
        {
            return false;
        }

        var provider = text[..colon];
        var name = text[(colon + 1)..];
        if (!Names.IsValid(provider) || name.Length > MaxNameLength || Names.HasControlOrLoneSurrogate(name)
            || (provider == CustomProvider && !Names.IsValid(name)))
        {
            return false;
        }

        id = new ModelId(provider, name);
        return true;
    }

    public override string ToString() => $"{Provider}:{Name}";
}
