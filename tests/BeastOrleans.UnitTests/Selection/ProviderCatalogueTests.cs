using System.Text;
using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Core.Selection;
using BeastOrleans.UnitTests.Architecture;
using Xunit;

namespace BeastOrleans.UnitTests.Selection;

public sealed class ProviderCatalogueTests
{
    [Fact]
    public void All_Names_AreUniqueAndHostsAreOneDialectsEach()
    {
        Assert.Equal(ProviderCatalogue.All.Count, ProviderCatalogue.All.Select(static one => one.Name).Distinct().Count());
        Assert.All(ProviderCatalogue.All.Where(static one => one.BaseUrl is not null && !one.IsLocal), one =>
            Assert.Same(one, ProviderCatalogue.AtAddress(one.BaseUrl!, one.Dialect)));
    }

    [Theory]
    [InlineData("https://mine.openai.azure.com/openai/v1", "azure")]
    [InlineData("https://MINE.OpenAI.Azure.com/openai/deployments/d?api-version=2024-10-21", "azure")]
    [InlineData("https://mine.services.ai.azure.com/openai/v1", "azure")]
    [InlineData("https://openai.azure.com.evil.example/v1", null)]
    [InlineData("https://evilopenai.azure.com/v1", null)]
    [InlineData("https://api.mistral.ai/v1", "mistral")]
    [InlineData("http://127.0.0.1:11434/v1", null)]
    public void AtAddress_Host_IsWhose(string address, string? provider) =>
        Assert.Equal(provider, ProviderCatalogue.AtAddress(new Uri(address), Dialect.OpenAI)?.Name);

    [Fact]
    public void AtAddress_OtherDialect_IsNobodys() =>
        Assert.Null(ProviderCatalogue.AtAddress(new Uri("https://api.mistral.ai/v1"), Dialect.Anthropic));

    [Theory]
    [InlineData("openai", "gpt-4o", "")]
    [InlineData("openai", "o3-mini", "max_tokens>max_completion_tokens")]
    [InlineData("openai", "ft:o4-mini:acme", "max_tokens>max_completion_tokens")]
    [InlineData("azure", "gpt-5", "api-key max_tokens>max_completion_tokens")]
    [InlineData("azure", "my-deployment", "api-key")]
    [InlineData("mistral", "mistral-small", "max_completion_tokens>max_tokens seed>random_seed user safety_identifier store service_tier")]
    [InlineData("cerebras", "llama-3.3-70b", "service_tier frequency_penalty presence_penalty")]
    [InlineData("openrouter", "openai/gpt-4o", "X-Title")]
    [InlineData("groq", "llama-3.3-70b-versatile", "")]
    [InlineData("ollama", "llama3.1", "")]
    public void Of_Provider_HasItsQuirks(string name, string model, string expected)
    {
        Assert.True(ProviderCatalogue.TryGet(name, out var provider));
        var quirks = ProviderQuirks.Of(provider, model, AuthHeader.Usual);
        Assert.Equal(expected.Length == 0, quirks is null);
        string?[] words =
        [
            AuthHeaders.NameOf(quirks?.AuthHeader ?? AuthHeader.Usual),
            .. quirks?.Fields.Select(static field => field.SendAs is null ? field.Name : $"{field.Name}>{field.SendAs}") ?? [],
            .. quirks?.Headers.Select(static header => header.Name) ?? [],
        ];
        Assert.Equal(expected, string.Join(' ', words.Where(static word => word is not null)));
    }

    [Fact]
    public void Of_OwnersHeader_GoesBeforeTheProviders()
    {
        Assert.True(ProviderCatalogue.TryGet("azure", out var azure));
        Assert.Equal(AuthHeader.Authorization, ProviderQuirks.Of(azure, "d", AuthHeader.Authorization)!.AuthHeader);
        Assert.Equal(AuthHeader.XApiKey, ProviderQuirks.Of(null, "m", AuthHeader.XApiKey)!.AuthHeader);
        Assert.Null(ProviderQuirks.Of(null, "m", AuthHeader.Usual));
    }

    [Theory]
    [InlineData("", AuthHeader.Usual)]
    [InlineData("API-Key", AuthHeader.ApiKey)]
    [InlineData("authorization", AuthHeader.Authorization)]
    [InlineData("x-api-key", AuthHeader.XApiKey)]
    [InlineData("x-goog-api-key", AuthHeader.XGoogApiKey)]
    [InlineData("Bearer", null)]
    public void TryParse_HeaderName_IsTakenInAnyCase(string text, AuthHeader? expected) =>
        Assert.Equal(expected, AuthHeaders.TryParse(text, out var header) ? header : null);

    /// <summary>What the documentation says of providers is what the code goes by (UPDATE_GOLDEN=1 writes it).</summary>
    [Fact]
    public void Documentation_Table_IsTheCodes()
    {
        const string Title = "| provider | base URL | default model | key goes as | differs from its dialect in |\n";
        var table = new StringBuilder(Title).Append("|---|---|---|---|---|\n");
        foreach (var one in ProviderCatalogue.All)
        {
            table.Append($"| {one.Name} | {Code(one.BaseUrl?.OriginalString) ?? "yours"} | {Code(one.DefaultModel) ?? "yours"} | `{HeaderOf(one)}` | {Differences(one)} |\n");
        }

        var path = Path.Combine(Repository.Root.FullName, "docs/adding-a-provider.md");
        var text = File.ReadAllText(path);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            var start = text.IndexOf(Title, StringComparison.Ordinal);
            Assert.True(start >= 0, "the table's head stands in the documentation");
            var end = text.IndexOf("\n\n", start, StringComparison.Ordinal) + 1;
            text = text[..start] + table + text[end..];
            File.WriteAllText(path, text);
        }

        Assert.Contains(table.ToString(), text, StringComparison.Ordinal);
    }

    private static string? Code(string? text) => text is null ? null : $"`{text}`";

    private static string HeaderOf(WellKnownProvider one) => AuthHeaders.NameOf(one.AuthHeader) ?? one.Dialect switch
    {
        Dialect.Anthropic => "x-api-key",
        Dialect.Gemini => "x-goog-api-key",
        _ => "Authorization",
    };

    private static string Differences(WellKnownProvider one)
    {
        var words = new List<string>();
        if (one.IsLocal)
        {
            words.Add("no key needed");
        }

        if (!one.UsageInStream)
        {
            words.Add("no `stream_options`");
        }

        foreach (var field in one.Fields)
        {
            var models = field.Models.Length == 0 ? "" : $" ({string.Join(", ", field.Models)})";
            words.Add(field.SendAs is null ? $"`{field.Name}` dropped{models}" : $"`{field.Name}` as `{field.SendAs}`{models}");
        }

        words.AddRange(one.Headers.Select(static header => $"`{header.Name}: {header.Value}` sent"));
        return string.Join("; ", words);
    }
}
