namespace BeastOrleans.Upstreams.Http;

/// <summary>A name resolved only to addresses that the guard refuses.</summary>
internal sealed class BlockedAddressException(string message) : Exception(message);
