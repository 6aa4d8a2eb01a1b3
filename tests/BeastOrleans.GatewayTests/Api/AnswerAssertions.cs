using System.Globalization;
using System.Text.Json;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Api;

internal static class AnswerAssertions
{
    /// <summary>The error object of the route's dialect, with the request id in body and header.</summary>
    public static ApiAnswer AssertError(this ApiAnswer answer, int status, string? code = null, string? param = null)
    {
        Assert.True(status == (int)answer.Status, string.Create(CultureInfo.InvariantCulture, $"Expected {status}, got {(int)answer.Status}: {answer.Text}"));
        Assert.StartsWith("application/json", answer.Header("Content-Type"), StringComparison.Ordinal);
        string[] names = answer.Json.TryGetProperty("type", out _) ? ["type", "message", "code"] : ["message", "type", "param", "code"];
        Assert.Equal(names, answer.Json.GetProperty("error").Names());
        Assert.False(string.IsNullOrWhiteSpace(answer.Json.GetProperty("error").Text("message")));
        Assert.False(string.IsNullOrWhiteSpace(answer.Json.GetProperty("error").Text("type")));
        Assert.StartsWith("req_", answer.Json.Text("request_id"), StringComparison.Ordinal);
        Assert.Equal(answer.Header("x-beast-request-id"), answer.Json.Text("request_id"));
        Assert.DoesNotContain("   at ", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", answer.Text, StringComparison.Ordinal);
        if (code is not null)
        {
            Assert.Equal(code, answer.Json.GetProperty("error").Text("code"));
        }

        if (param is not null)
        {
            Assert.Equal(param, answer.Json.GetProperty("error").Text("param"));
        }

        return answer;
    }

    public static string Message(this ApiAnswer answer) => answer.Json.GetProperty("error").Text("message")!;

    public static string[] Names(this JsonElement element) => [.. element.EnumerateObject().Select(p => p.Name)];

    public static string? Text(this JsonElement element, string name) => element.GetProperty(name).GetString();

    public static JsonElement[] List(this JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray()];
}
