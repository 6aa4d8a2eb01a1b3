using BeastOrleans.Contracts.Endpoints;
using BeastOrleans.Contracts.Identity;
using BeastOrleans.Gateway.Errors;
using BeastOrleans.Upstreams.Http;

namespace BeastOrleans.Gateway.Api;

/// <summary>What a custom model's body may say; the owner's grain then checks only what needs its state.</summary>
internal sealed class CustomModelRules(BaseUrlRules urls)
{
    private const int MaxSecretLength = 4096;
    private const int MaxContextTokens = 100_000_000;

    /// <returns>Null with an error when the body is not acceptable.</returns>
    public CustomModelRegistration? ToRegistration(CustomModelBody body, bool byOperator, out GatewayError? error)
    {
        if (!Names.IsValid(body.Name))
        {
            error = GatewayError.BadRequest($"A model's name has {Names.Rule}.", "name");
            return null;
        }

        // GET /api/models/custom/monitoring is a route of its own.
        if (body.Name == "monitoring")
        {
            error = GatewayError.BadRequest("The name 'monitoring' is taken by a route: choose another.", "name");
            return null;
        }

        if (body.BaseUrl is null)
        {
            error = GatewayError.BadRequest("A model needs a baseUrl, e.g. http://127.0.0.1:9001/v1.", "baseUrl");
            return null;
        }

        var patch = ToPatch(body, Dialect.OpenAI, byOperator, out error);
        return patch is null ? null : new CustomModelRegistration
        {
            Name = body.Name!,
            BaseUrl = patch.BaseUrl!,
            Model = patch.Model,
            ApiKey = patch.ApiKey,
            Dialect = patch.Dialect ?? Dialect.OpenAI,
            AuthHeader = patch.AuthHeader ?? AuthHeader.Usual,
            Enabled = patch.Enabled ?? true,
            UsageInStream = patch.UsageInStream ?? true,
            Price = patch.Price,
            Timeouts = patch.Timeouts ?? EndpointTimeouts.Default,
            ContextTokens = patch.ContextTokens,
            Capabilities = patch.Capabilities,
        };
    }

    public CustomModelPatch? ToPatch(CustomModelBody body, Dialect knownDialect, bool byOperator, out GatewayError? error)
    {
        if (!TryDialect(body.Dialect, out var dialect))
        {
            error = GatewayError.BadRequest("A dialect is 'openai', 'anthropic' or 'gemini'.", "dialect");
            return null;
        }

        AuthHeader? header = null;
        if (body.AuthHeader is not null)
        {
            if (!AuthHeaders.TryParse(body.AuthHeader, out var parsed))
            {
                error = GatewayError.BadRequest($"An authHeader is {AuthHeaders.Choice}.", "authHeader");
                return null;
            }

            header = parsed;
        }

        Uri? url = null;
        if (body.BaseUrl is not null && !urls.TryValidate(body.BaseUrl, dialect ?? knownDialect, out url, out var urlProblem, addressChosenByTenant: !byOperator))
        {
            error = GatewayError.BadRequest(urlProblem, "baseUrl");
            return null;
        }

        if ((error = FindProblem(body)) is not null)
        {
            return null;
        }

        string? problem = null;
        var price = body.Price?.ToPrice(out problem);
        if (problem is not null)
        {
            error = GatewayError.BadRequest(problem, "price");
            return null;
        }

        var timeouts = body.Timeouts?.ToTimeouts(out problem);
        if (problem is not null)
        {
            error = GatewayError.BadRequest(problem, "timeouts");
            return null;
        }

        if (!TryCapabilities(body.Capabilities, out var capabilities))
        {
            error = GatewayError.BadRequest("Capabilities are 'tools', 'vision', 'json_schema' and 'embeddings'.", "capabilities");
            return null;
        }

        return new CustomModelPatch
        {
            BaseUrl = url,
            Model = body.Model,
            ApiKey = string.IsNullOrEmpty(body.ApiKey) ? null : body.ApiKey,
            RemoveApiKey = body.ApiKey is "",
            Dialect = dialect,
            AuthHeader = header,
            Enabled = body.Enabled,
            UsageInStream = body.UsageInStream,
            Price = price,
            Timeouts = timeouts,
            ContextTokens = body.ContextTokens,
            Capabilities = capabilities,
        };
    }

    public static string[]? Show(Capabilities? capabilities) => capabilities is not { } set ? null :
    [
        .. set.HasFlag(Capabilities.Tools) ? ["tools"] : Array.Empty<string>(),
        .. set.HasFlag(Capabilities.Vision) ? ["vision"] : Array.Empty<string>(),
        .. set.HasFlag(Capabilities.JsonSchema) ? ["json_schema"] : Array.Empty<string>(),
        .. set.HasFlag(Capabilities.Embeddings) ? ["embeddings"] : Array.Empty<string>(),
    ];

    /// <summary>A secret that can travel in a header: printable ASCII without blanks.</summary>
    public static GatewayError? CheckSecret(string? secret)
    {
        if (string.IsNullOrEmpty(secret))
        {
            return null;
        }

        return secret.Length <= MaxSecretLength && secret.All(c => c is > ' ' and <= '~')
            ? null
            : GatewayError.BadRequest($"An API key has at most {MaxSecretLength} printable ASCII characters and no blanks.", "apiKey");
    }

    private static GatewayError? FindProblem(CustomModelBody body)
    {
        if (body.Model is { } model && (model.Length is 0 or > ModelId.MaxNameLength || Names.HasControlOrLoneSurrogate(model)))
        {
            return GatewayError.BadRequest($"A model name has 1 to {ModelId.MaxNameLength} characters.", "model");
        }

        return body.ContextTokens is < 1 or > MaxContextTokens
            ? GatewayError.BadRequest($"contextTokens is between 1 and {MaxContextTokens}.", "contextTokens")
            : CheckSecret(body.ApiKey);
    }

    private static bool TryDialect(string? text, out Dialect? dialect)
    {
        dialect = text switch
        {
            "openai" => Dialect.OpenAI,
            "anthropic" => Dialect.Anthropic,
            "gemini" => Dialect.Gemini,
            _ => null,
        };
        return text is null || dialect is not null;
    }

    private static bool TryCapabilities(string[]? names, out Capabilities? capabilities)
    {
        capabilities = null;
        if (names is null)
        {
            return true;
        }

        var set = Capabilities.None;
        foreach (var name in names)
        {
            var one = name switch
            {
                "tools" => Capabilities.Tools,
                "vision" => Capabilities.Vision,
                "json_schema" => Capabilities.JsonSchema,
                "embeddings" => Capabilities.Embeddings,
                _ => Capabilities.None,
            };
            if (one == Capabilities.None)
            {
                return false;
            }

            set |= one;
        }

        capabilities = set;
        return true;
    }
}
