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

    private static void Check(string title, ChatFieldTable table)
    {
        var section = new StringBuilder(title).Append("\n\n| field | | |\n|---|---|---|\n");
        foreach (var rule in table.Rules)
        {
            section.Append('|').Append($" `{rule.Field}` | {rule.Verdict switch
            {
                ChatFieldVerdict.Carried => "carried",
                ChatFieldVerdict.Refused => "refused",
                _ => "dropped",
            }} | {rule.Note} |\n".Replace("|  |", "| |", StringComparison.Ordinal));
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
