using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Core.Selection;

/// <summary>A fingerprint of a plan: the same in every process and version, unlike string hash codes.</summary>
internal static class PlanHash
{
    private const int HexDigits = 16;

    public static string Of(IReadOnlyList<PlanCandidate> candidates, RoutePolicy policy, Refusal? refusal, string? baseline)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var candidate in candidates)
        {
            Add(hash, candidate.Key);
            Add(hash, candidate.ModelId);
            Add(hash, candidate.Reason);
            Add(hash, Number((long)candidate.Type) + Number((long)candidate.Owner) + (candidate.Eligible ? "+" : "-"));
            Add(hash, Number(candidate.DescriptorVersion));
            Add(hash, Number(candidate.ContextTokens));

            // Not the longest answer: it follows from the model's id and its registration's version.
            AddPrice(hash, candidate.Price);
        }

        AddPolicy(hash, policy);
        Add(hash, Number((long?)refusal?.Code));
        Add(hash, baseline ?? "");
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..HexDigits];
    }

    private static void AddPrice(IncrementalHash hash, PriceQuote? price)
    {
        Add(hash, price?.Version ?? "");
        Add(hash, Number(price?.InputPerMTok.Nano));
        Add(hash, Number(price?.OutputPerMTok.Nano));
    }

    private static void AddPolicy(IncrementalHash hash, RoutePolicy policy)
    {
        Add(hash, Number((long?)policy.Prefer));
        Add(hash, policy.NoFallback switch { null => "", true => "1", false => "0" });
        Add(hash, policy.Fallbacks is null ? "" : Number(policy.Fallbacks.Length));
        foreach (var fallback in policy.Fallbacks ?? [])
        {
            Add(hash, fallback);
        }

        Add(hash, Number((long?)policy.Strategy));
        Add(hash, policy.PatienceSeconds?.ToString("R", CultureInfo.InvariantCulture) ?? "");
        Add(hash, Number((long?)policy.Stream));
        Add(hash, Number(policy.HoldMs));
        Add(hash, policy.Baseline ?? "");
        Add(hash, policy.DeadlineSeconds?.ToString("R", CultureInfo.InvariantCulture) ?? "");
        Add(hash, policy.DefaultModel ?? "");
        if (policy.Unpriced is { } unpriced)
        {
            // Only where it is said: plans of builds that did not know it keep their fingerprints.
            Add(hash, Number((long)unpriced));
        }
    }

    // With its length before it, so that no two lists of texts run together into the same bytes.
    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
