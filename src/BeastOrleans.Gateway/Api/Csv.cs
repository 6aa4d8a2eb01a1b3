using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace BeastOrleans.Gateway.Api;

/// <summary>
/// A table as RFC 4180 has it: UTF-8, lines end in CR LF, quotes where needed. Texts are chosen by callers and tables are
/// opened in spreadsheets, so a text that would be read as a formula there begins with an apostrophe.
/// </summary>
internal sealed class Csv
{
    private readonly StringBuilder _text = new();

    public Csv(params ReadOnlySpan<string> columns)
    {
        foreach (var column in columns)
        {
            Add(column);
        }

        EndRow();
    }

    /// <summary>Whether the caller asked for one: <c>?format=csv</c>, else by the Accept header.</summary>
    public static bool IsAskedFor(HttpContext http, string? format) => format switch
    {
        "csv" => true,
        null => http.Request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    public Csv Add(string? value)
    {
        Separate();
        var text = value ?? "";
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r')
        {
            text = "'" + text;
        }

        if (text.AsSpan().ContainsAny(",\"\r\n"))
        {
            _text.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }
        else
        {
            _text.Append(text);
        }

        return this;
    }

    public Csv Add(long? value)
    {
        Separate();
        _text.Append(CultureInfo.InvariantCulture, $"{value}");
        return this;
    }

    public Csv Add(decimal? value)
    {
        Separate();
        _text.Append(value?.ToString("0.#########", CultureInfo.InvariantCulture));
        return this;
    }

    public Csv Add(DateTimeOffset value)
    {
        Separate();
        _text.Append(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture));
        return this;
    }

    public void EndRow() => _text.Append("\r\n");

    /// <param name="next">The cursor of the next page; null at the end.</param>
    public Task WriteAsync(HttpContext http, string? next)
    {
        http.Response.Headers[BeastHeaders.RequestId] = RequestId.Of(http);
        if (next is not null)
        {
            http.Response.Headers[BeastHeaders.Next] = next;
        }

        http.Response.ContentType = "text/csv; charset=utf-8";
        return http.Response.WriteAsync(_text.ToString(), http.RequestAborted);
    }

    public override string ToString() => _text.ToString();

    private void Separate()
    {
        if (_text.Length > 0 && _text[^1] != '\n')
        {
            _text.Append(',');
        }
    }
}
