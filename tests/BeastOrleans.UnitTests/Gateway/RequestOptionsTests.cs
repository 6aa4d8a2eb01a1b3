using BeastOrleans.Contracts.Selection;
using BeastOrleans.Gateway.Forwarding;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace BeastOrleans.UnitTests.Gateway;

public sealed class RequestOptionsTests
{
    [Fact]
    public void TryRead_NoHeaders_AsksForNothing()
    {
        Assert.True(RequestOptions.TryRead(new HeaderDictionary(), out var options, out var error));
        Assert.Same(RequestOptions.Default, options);
        Assert.Null(error);
    }

    [Fact]
    public void TryRead_AllHeaders_AreTaken()
    {
        var options = Read(("x-beast-prefer", "provider"), ("x-beast-fallback", "off"), ("x-beast-timeout", "1.5"), ("x-beast-tags", "a, b ,,c"));
        Assert.Equal((Preference.Provider, true, TimeSpan.FromSeconds(1.5)), (options.Prefer, options.NoFallback, options.Timeout));
        Assert.Equal(["a", "b", "c"], options.Tags!);
        Assert.False(Read(("X-Beast-Fallback", "on")).NoFallback);
        Assert.Equal(Preference.Custom, Read(("x-beast-prefer", "custom")).Prefer);
    }

    [Theory]
    [InlineData("x-beast-prefer", "")]
    [InlineData("x-beast-prefer", "Custom")]
    [InlineData("x-beast-prefer", "custom,provider")]
    [InlineData("x-beast-fallback", "no")]
    [InlineData("x-beast-timeout", "")]
    [InlineData("x-beast-timeout", "0")]
    [InlineData("x-beast-timeout", "-1")]
    [InlineData("x-beast-timeout", "601")]
    [InlineData("x-beast-timeout", "1,5")]
    [InlineData("x-beast-timeout", "1e3")]
    [InlineData("x-beast-timeout", "NaN")]
    [InlineData("x-beast-timeout", "soon")]
    [InlineData("x-beast-stream", "")]
    [InlineData("x-beast-stream", "Buffered")]
    [InlineData("x-beast-hold", "")]
    [InlineData("x-beast-hold", "-1")]
    [InlineData("x-beast-hold", "5001")]
    [InlineData("x-beast-hold", "0.5")]
    [InlineData("x-beast-tags", "1,2,3,4,5,6,7,8,9")]
    public void TryRead_BadValue_IsNamed(string header, string value)
    {
        Assert.False(RequestOptions.TryRead(new HeaderDictionary { [header] = value }, out _, out var error));
        Assert.Equal((400, "invalid_header", header), (error!.Status, error.Code, error.Param));
    }

    [Fact]
    public void TryRead_Hold_IsTakenAndWinsOverThePolicy()
    {
        var policy = new RoutePolicy { Stream = StreamMode.Buffered, HoldMs = 100 };
        Assert.Equal(new StreamHold(true, TimeSpan.FromMilliseconds(100)), StreamHold.Of(RequestOptions.Default, policy));
        Assert.Equal(new StreamHold(false, TimeSpan.FromSeconds(5)), StreamHold.Of(Read(("x-beast-stream", "live"), ("x-beast-hold", "5000")), policy));
        Assert.Equal(new StreamHold(true, TimeSpan.Zero), StreamHold.Of(Read(("x-beast-stream", "buffered")), RoutePolicy.Empty));
    }

    [Fact]
    public void TryRead_LongTag_IsRefused()
    {
        Assert.False(RequestOptions.TryRead(new HeaderDictionary { ["x-beast-tags"] = new string('a', RequestOptions.MaxTagLength + 1) }, out _, out _));
        Assert.Single(Read(("x-beast-tags", new string('a', RequestOptions.MaxTagLength))).Tags!);
    }

    private static RequestOptions Read(params (string Name, string Value)[] headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            dictionary[name] = value;
        }

        Assert.True(RequestOptions.TryRead(dictionary, out var options, out var error), error?.Message);
        return options;
    }
}
