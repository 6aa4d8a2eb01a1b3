using System.Runtime.CompilerServices;

namespace BeastOrleans.Upstreams.Http;

/// <summary>The addresses below a base URL. Kept beside the base <see cref="Uri"/> object (which lives as long as its descriptor), so a hot endpoint parses none.</summary>
internal sealed class EndpointUrls
{
    private static readonly ConditionalWeakTable<Uri, EndpointUrls> Known = [];

    private EndpointUrls(Uri baseUrl)
    {
        var root = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        OpenAIChat = new Uri(root + "/chat/completions");
        OpenAICompletions = new Uri(root + "/completions");
        OpenAIEmbeddings = new Uri(root + "/embeddings");
        OpenAIModels = new Uri(root + "/models");
        var version = root.EndsWith("/v1", StringComparison.OrdinalIgnoreCase) ? root : root + "/v1";
        AnthropicMessages = new Uri(version + "/messages");
        AnthropicModels = new Uri(version + "/models");
    }

    public Uri OpenAIChat { get; }

    public Uri OpenAICompletions { get; }

    public Uri OpenAIEmbeddings { get; }

    public Uri OpenAIModels { get; }

    public Uri AnthropicMessages { get; }

    public Uri AnthropicModels { get; }

    public static EndpointUrls Of(Uri baseUrl) => Known.GetValue(baseUrl, static key => new EndpointUrls(key));
}
