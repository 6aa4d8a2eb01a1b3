using System.Text.Json;
using BeastOrleans.Grains.Storage;
using Xunit;

namespace BeastOrleans.UnitTests.Storage;

public sealed class GrainStateJsonSerializerTests
{
    private readonly GrainStateJsonSerializer _serializer = new();

    [Fact]
    public void Serialize_ThenDeserialize_GivesTheSameState()
    {
        var payload = _serializer.Serialize(new TestState { Name = "a", Count = 2, Mode = TestMode.HalfOpen });
        var state = _serializer.Deserialize<TestState>(payload);

        Assert.Equal("""{"name":"a","count":2,"mode":"halfOpen"}""", payload.ToString());
        Assert.Equal(("a", 2, TestMode.HalfOpen), (state!.Name, state.Count, state.Mode));
    }

    [Fact]
    public void Deserialize_EnumAsNumber_IsRefused()
    {
        Assert.Throws<JsonException>(() => _serializer.Deserialize<TestState>(new BinaryData("""{"mode":1}""")));
    }

    [Fact]
    public void Serialize_StateTooLarge_IsRefused()
    {
        var state = new TestState { Name = new string('x', GrainStateJsonSerializer.MaxPayloadBytes) };

        Assert.Throws<InvalidOperationException>(() => _serializer.Serialize(state));
    }
}
