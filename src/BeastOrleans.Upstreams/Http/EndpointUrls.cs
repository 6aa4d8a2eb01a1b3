using System.Runtime.CompilerServices;

namespace BeastOrleans.Upstreams.Http;

/// <summary>The addresses below a base URL. Kept beside the base <see cref="Uri"/> object (which lives as long as its descriptor), so a hot endpoint parses none.</summary>
internal sealed class EndpointUrls
{
    private static readonly ConditionalWeakTable<Uri, EndpointUrls> Known = [];

    /// <summary>Gemini's versions, one of which a base URL may end with.</summary>
    private static readonly string[] VersionEndings = ["/v1beta", "/v1", "/v1alpha"];

    private readonly string _gemini;

    private EndpointUrls(Uri baseUrl)
    {
        var root = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');

        // The one that a base URL may have: Azure OpenAI's version.
        var query = BaseUrlRules.IsKnownQuery(baseUrl.Query) ? baseUrl.Query : "";
        OpenAIChat = new Uri(root + "/chat/completions" + query);
        OpenAICompletions = new Uri(root + "/completions" + query);
        OpenAIEmbeddings = new Uri(root + "/embeddings" + query);
        OpenAIModels = new Uri(root + "/models" + query);
        var version = root.EndsWith("/v1", StringComparison.OrdinalIgnoreCase) ? root : root + "/v1";
        AnthropicMessages = new Uri(version + "/messages");
        AnthropicModels = new Uri(version + "/models");
        _gemini = VersionEndings.Any(ending => root.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) ? root : root + "/v1beta";
        GeminiModels = new Uri(_gemini + "/models");
    }

    public Uri OpenAIChat { get; }

    public Uri OpenAICompletions { get; }

    public Uri OpenAIEmbeddings { get; }

    public Uri OpenAIModels { get; }

    public Uri AnthropicMessages { get; }

    public Uri AnthropicModels { get; }

    public Uri GeminiModels { get; }

    /// <summary>The model stands in the address: one segment, whatever is in its name, so that it leads nowhere else.</summary>
    public Uri Gemini(string model, bool stream)
    {
        const string Models = "models/", Tuned = "tunedModels/";
        var folder = model.StartsWith(Tuned, StringComparison.Ordinal) ? Tuned : Models;
        var name = model.StartsWith(folder, StringComparison.Ordinal) ? model[folder.Length..] : model;
        return new Uri($"{_gemini}/{folder}{Uri.EscapeDataString(name)}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}");
    }

    public static EndpointUrls Of(Uri baseUrl) => Known.GetValue(baseUrl, static key => new EndpointUrls(key));
}
