using System.Text;
using BeastOrleans.UnitTests.Architecture;
using BeastOrleans.Upstreams.Translation;
using Xunit;

namespace BeastOrleans.UnitTests.Translation;

/// <summary>What the documentation says of fields is what the code goes by (UPDATE_GOLDEN=1 writes it).</summary>
public sealed class ChatFieldDocTests
{
    [Fact]
    public void Messages_Table_IsTheCodes() => Check("## Chat completions to Anthropic messages", ChatToMessages.Fields);

    [Fact]
    public void Gemini_Table_IsTheCodes() => Check("## Chat completions to Gemini", ChatToGemini.Fields);

    [Fact]
    public void MessagesToChat_Table_IsTheCodes() => Check(
        "## Anthropic messages to chat completions",
        MessagesToChat.Fields.Select(static field => (field.Path, Word(field.Verdict), field.Note)));

    [Fact]
    public void Responses_Table_IsTheCodes() => Check(
        "## Responses to chat completions",
        ResponsesToChat.Fields.Select(static rule => (rule.Field, Word(rule.Verdict), rule.Note)));

    private static void Check(string title, ChatFieldTable table) => Check(title, table.Rules.Select(static rule => (rule.Field, Word(rule.Verdict), rule.Note)));

    private static string Word<TVerdict>(TVerdict verdict)
        where TVerdict : struct, Enum => verdict.ToString() switch
        {
            nameof(ChatFieldVerdict.Carried) => "carried",
            nameof(ChatFieldVerdict.Refused) => "refused",
            nameof(ChatFieldVerdict.Dropped) => "dropped",
            nameof(ResponsesFieldVerdict.Answered) => "answered",
            var other => throw new InvalidOperationException($"The documentation has no word for {other}."),
        };

    private static void Check(string title, IEnumerable<(string Field, string Verdict, string Note)> rules)
    {
        var section = new StringBuilder(title).Append("\n\n| field | | |\n|---|---|---|\n");
        foreach (var (field, verdict, note) in rules)
        {
            section.Append('|').Append($" `{field}` | {verdict} | {note} |\n".Replace("|  |", "| |", StringComparison.Ordinal));
        }

        var path = Path.Combine(Repository.Root.FullName, "docs/dialects.md");
        var text = File.Exists(path) ? File.ReadAllText(path) : "# Dialects\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            var start = text.IndexOf(title + "\n", StringComparison.Ordinal);
            var end = start < 0 ? -1 : text.IndexOf("\n## ", start, StringComparison.Ordinal);
            var before = start < 0 ? text.TrimEnd('\n') + "\n\n" : text[..start];
            text = before + section + (end < 0 ? "" : text[end..]);
            File.WriteAllText(path, text);
        }

        Assert.Contains(section.ToString(), text, StringComparison.Ordinal);
    }
}
