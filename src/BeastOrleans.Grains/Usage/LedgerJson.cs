using System.Text.Json;
using System.Text.Json.Serialization;
using BeastOrleans.Contracts.Metering;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Usage;

namespace BeastOrleans.Grains.Usage;

/// <summary>The JSON inside ledger columns: enumerations as words, so that a stored plan can be read without this code.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PlanEntry[]))]
[JsonSerializable(typeof(SkippedCandidate[]))]
[JsonSerializable(typeof(LeaseUse[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(UsageRecord))]
internal sealed partial class LedgerJson : JsonSerializerContext;
