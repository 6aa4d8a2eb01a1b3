namespace BeastOrleans.Gateway.Diagnostics;

/// <summary>
/// OpenTelemetry's names for generative AI, in this one file: metrics' labels and spans' attributes
/// (https://opentelemetry.io/docs/specs/semconv/gen-ai/).
/// </summary>
internal static class GenAI
{
    public const string OperationName = "gen_ai.operation.name";
    public const string ProviderName = "gen_ai.provider.name";
    public const string RequestModel = "gen_ai.request.model";
    public const string ResponseModel = "gen_ai.response.model";
    public const string MaxTokens = "gen_ai.request.max_tokens";
    public const string InputTokens = "gen_ai.usage.input_tokens";
    public const string OutputTokens = "gen_ai.usage.output_tokens";
    public const string TokenType = "gen_ai.token.type";
    public const string Input = "input";
    public const string Output = "output";
    public const string Chat = "chat";
    public const string Embeddings = "embeddings";
    public const string TextCompletion = "text_completion";
    public const string ErrorType = "error.type";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ResponseStatus = "http.response.status_code";
}
