namespace BeastOrleans.Simulator;

/// <summary>The paths the simulator answers.</summary>
internal static class SimulatorRoutes
{
    public const string ChatCompletions = "/v1/chat/completions";
    public const string Messages = "/v1/messages";
    public const string Completions = "/v1/completions";
    public const string Embeddings = "/v1/embeddings";
    public const string Models = "/v1/models";
    public const string GeminiModels = "/v1beta/models";
    public const string GeminiModel = GeminiModels + "/{call}";
    public const string Script = "/_sim/script";
    public const string Requests = "/_sim/requests";
    public const string Stats = "/_sim/stats";

    public static bool IsGeneration(string path) => path is ChatCompletions or Messages or Completions or Embeddings
        || path.StartsWith(GeminiModels + "/", StringComparison.Ordinal);
}
