using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using BeastOrleans.GatewayTests.Api;
using BeastOrleans.GatewayTests.Process;
using BeastOrleans.Simulator;
using BeastOrleans.Testing;
using Xunit;

namespace BeastOrleans.GatewayTests.Security;

/// <summary>Plants a secret and a prompt, makes everything go wrong, and looks for them wherever bytes come to rest.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class SecretCanaryTests : IDisposable
{
    private const string Secret = "sk-canary-5f3a9c71e2d84b60";
    private const string ProviderSecret = "sk-canary-b81d07aa94c6423e";
    private const string Prompt = "the-canary-sings-at-midnight";

    private readonly WorkingDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_secret_and_a_prompt_rest_nowhere()
    {
        await using var quoting = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new() { Status = 401, ErrorMessage = $"Incorrect API key provided: {Secret}." } });
        await using var broken = await SimulatorServer.StartAsync(new SimulatorOptions { DefaultBehavior = new() { Status = 500, ErrorMessage = $"Failed for Authorization: Bearer {ProviderSecret}" } });
        string admin;
        string key;
        var answers = new List<ApiAnswer>();
        await using (var host = await HostProcess.StartReadyAsync(_directory.Path, HostProcess.FreePorts(), "--Logging:LogLevel:Microsoft.AspNetCore=Debug", "--Logging:LogLevel:System.Net.Http=Trace"))
        {
            admin = AdminKey().Match(host.Output).Value;
            await host.SendAsync(HttpMethod.Post, "/admin/v1/tenants", admin, new { id = "acme" });
            key = (await host.SendAsync(HttpMethod.Post, "/admin/v1/keys", admin, new { tenant = "acme" })).Require(HttpStatusCode.Created).Json.Text("key")!;
            answers.Add(await host.SendAsync(HttpMethod.Post, "/api/models/custom", key, new { name = "own", baseUrl = quoting.BaseUrl + "/v1", apiKey = Secret }));
            answers.Add(await host.SendAsync(HttpMethod.Put, "/api/providers/openai/key", key, new { apiKey = ProviderSecret, baseUrl = broken.BaseUrl + "/v1" }));
            answers.Add(await host.SendAsync(HttpMethod.Post, "/api/models/custom", key, $$"""{"name":"x","apiKey":"{{Secret}}","apiKee":"{{Secret}}"}"""));
            answers.Add(await host.SendAsync(HttpMethod.Post, "/api/models/custom", key, new { name = "bad", baseUrl = $"http://me:{Secret}@127.0.0.1/v1" }));
            answers.Add(await host.SendAsync(HttpMethod.Put, "/api/providers/openai/key", key, new { apiKey = Secret + " blank" }));
            foreach (var stream in new[] { false, true })
            {
                var chat = new { stream, messages = new[] { new { role = "user", content = Prompt } } };
                answers.Add((await host.SendAsync(HttpMethod.Post, "/v1/chat/completions", key, chat)).AssertError(502));
            }

            answers.Add(await host.SendAsync(HttpMethod.Post, "/api/codebase/chat", key, new { message = Prompt }));
            answers.Add(await host.SendAsync(HttpMethod.Post, "/api/models/custom/own/test", key));
            answers.Add(await host.SendAsync(HttpMethod.Get, "/api/models/custom", key));
            answers.Add(await host.SendAsync(HttpMethod.Get, "/api/providers/openai/key", key));
            var id = answers[5].Header("x-beast-request-id");
            await Eventually.IsTrueAsync("the record is written", async () =>
            {
                var record = await host.SendAsync(HttpMethod.Get, "/api/requests/" + id, key);
                answers.Add(record);
                return record.Status == HttpStatusCode.OK;
            });
            // While it runs, what was written may still be in the write-ahead log alone.
            AssertAtRest(await BytesAtRestAsync(), key);
            Assert.Equal(0, await host.TerminateAsync());
            AssertClean(host.Output + host.Errors, "the log");
            Assert.DoesNotContain(key, host.Output + host.Errors, StringComparison.Ordinal);
            Assert.Single(AdminKey().Matches(host.Output).Select(m => m.Value).Distinct());
        }

        Assert.True(quoting.Stats.Received > 0 && broken.Stats.Received > 0);
        Assert.All(answers, a => AssertClean(a.Text + string.Join(' ', a.Headers.Values), "an answer"));
        var files = await BytesAtRestAsync();
        AssertAtRest(files, key);
        Assert.All(files, f => Assert.DoesNotContain(admin, f.Text, StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory.Path, "data/master-keys.json")));
        }
    }

    private static void AssertAtRest(List<(string Name, string Text)> files, string key)
    {
        Assert.Contains(files, f => f.Name.Contains("beast.db", StringComparison.Ordinal));
        Assert.All(files, f =>
        {
            AssertClean(f.Text, f.Name);
            Assert.False(f.Text.Contains(key, StringComparison.Ordinal), $"A virtual key lies in {f.Name}.");
        });
    }

    private static void AssertClean(string text, string where)
    {
        foreach (var planted in new[] { Secret, ProviderSecret, Prompt })
        {
            Assert.False(text.Contains(planted, StringComparison.Ordinal), $"'{planted}' is in {where}.");

            // Also not as base64, nor without its last characters.
            Assert.False(text.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(planted))[..16], StringComparison.Ordinal), $"'{planted}' is in {where}, as base64.");
            Assert.False(text.Contains(planted[..^6], StringComparison.Ordinal), $"A part of '{planted}' is in {where}.");
        }
    }

    /// <summary>Each file's bytes, one character each.</summary>
    private async Task<List<(string Name, string Text)>> BytesAtRestAsync()
    {
        var files = new List<(string, string)>();
        foreach (var file in Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            files.Add((file, Encoding.Latin1.GetString(copy.ToArray())));
        }

        return files;
    }

    [GeneratedRegex("bsa_[A-Za-z0-9_-]{43}")]
    private static partial Regex AdminKey();
}
