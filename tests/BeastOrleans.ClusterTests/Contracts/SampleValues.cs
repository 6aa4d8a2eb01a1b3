using System.Reflection;

namespace BeastOrleans.ClusterTests.Contracts;

/// <summary>Makes a value of any wire type in which every property differs from its default and from every other.</summary>
internal sealed class SampleValues
{
    private const int MaxDepth = 8;

    private int _next = 1;

    public object Of(Type type, int depth = 0)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying, depth);
        }

        if (type.IsArray)
        {
            var array = Array.CreateInstance(type.GetElementType()!, 2);
            array.SetValue(Of(type.GetElementType()!, depth), 0);
            array.SetValue(Of(type.GetElementType()!, depth), 1);
            return array;
        }

        return Simple(type, _next++) ?? Composite(type, depth);
    }

    private static object? Simple(Type type, int n) => type switch
    {
        _ when type == typeof(string) => $"text {n}",
        _ when type == typeof(bool) => true,
        _ when type == typeof(byte) => (byte)n,
        _ when type == typeof(int) => n,
        _ when type == typeof(long) => n + (1L << 40),
        _ when type == typeof(double) => n + 0.25,
        _ when type == typeof(decimal) => n + 0.5m,
        _ when type == typeof(Guid) => new Guid(n, 0, 0, new byte[8]),
        _ when type == typeof(Uri) => new Uri($"https://host{n}.example/v1"),
        _ when type == typeof(TimeSpan) => TimeSpan.FromSeconds(n),
        _ when type == typeof(DateTimeOffset) => DateTimeOffset.UnixEpoch.AddMinutes(n),
        _ when type.IsEnum => Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1),
        _ => null,
    };

    private object Composite(Type type, int depth)
    {
        Assert.True(depth < MaxDepth, $"{type} holds itself");
        var value = Activator.CreateInstance(type, nonPublic: true)!;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            property.SetValue(value, Of(property.PropertyType, depth + 1));
        }

        return value;
    }
}
