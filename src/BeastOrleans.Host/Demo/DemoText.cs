namespace BeastOrleans.Host.Demo;

internal static class DemoText
{
    public static string For(string url, string key, string adminKey, string customUrl) =>
        $$"""

        The demo listens on {{url}} (SIMULATED models: no answer below comes from a real one)
          key         {{key}}   (also in data/demo/key)
          admin key   {{adminKey}}

        1. Your own model answers:

          curl -si {{url}}/v1/chat/completions -H 'Authorization: Bearer {{key}}' -d '{"model":"auto","messages":[{"role":"user","content":"Hello"}]}'

        2. It falls ill; the same curl is then answered by the (simulated) provider, and says why:

          curl -s {{customUrl}}/_sim/script -d '{"status":503}'

        3. What it cost and saved:

          curl -s {{url}}/api/models/custom/monitoring -H 'Authorization: Bearer {{key}}'

        4. It recovers (the circuit closes by itself within half a minute of traffic):

          curl -s -X DELETE {{customUrl}}/_sim/script

        Ctrl-C stops.
        """;
}
