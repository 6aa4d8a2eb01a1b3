namespace BeastOrleans.Grains.Storage;

/// <summary>Names of the storage providers, as <c>[PersistentState(state, storage)]</c> takes them.</summary>
internal static class StorageNames
{
    /// <summary>The one grain storage of the product, on whichever database the settings name.</summary>
    public const string Beast = "beast";
}
