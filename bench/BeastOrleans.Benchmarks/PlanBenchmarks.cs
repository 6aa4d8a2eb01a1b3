using BeastOrleans.Contracts.Identity;
using BeastOrleans.Contracts.Selection;
using BeastOrleans.Contracts.Tenants;
using BeastOrleans.Core.Selection;
using BeastOrleans.Core.Usage;
using BenchmarkDotNet.Attributes;

namespace BeastOrleans.Benchmarks;

/// <summary>A plan over three custom models and two providers: made once a second for each user, key and shape of request.</summary>
[MemoryDiagnoser]
public class PlanBenchmarks
{
    private readonly PlanRequest _auto = new();
    private readonly PlanRequest _named = new() { Model = "custom:b" };
    private PlanContext _context = null!;

    [GlobalSetup]
    public void SetUp()
    {
        var tenant = TenantId.Parse("bench");
        _context = new PlanContext
        {
            Tenant = tenant,
            User = UserId.Shared,
            TenantConfig = new OwnerSnapshot
            {
                Version = 1,
                Exists = true,
                Models = [Samples.Model(tenant, "a"), Samples.Model(tenant, "b"), Samples.Model(tenant, "c")],
                Providers = [Provider("openai"), Provider("anthropic")],
            },
            Prices = PriceTable.BuiltIn,
            Now = Samples.Now,
        };
    }

    [Benchmark]
    public RoutePlan Auto() => RoutePlanner.Plan(_auto, _context);

    [Benchmark]
    public RoutePlan Named() => RoutePlanner.Plan(_named, _context);

    private static ProviderEntry Provider(string provider) => new()
    {
        Provider = provider,
        Version = 1,
        Credential = new SealedCredential { KeyId = "k", WrappedKey = "", Ciphertext = "", Origin = "https://example.com", Version = 1, Last4 = "" },
    };
}
