namespace BeastOrleans.Grains.Credentials;

/// <summary>Why a sealed credential did not open.</summary>
internal enum CredentialError
{
    None = 0,

    /// <summary>The key-encryption key that sealed it is not in this silo's ring.</summary>
    UnknownKey = 1,

    /// <summary>It was sealed for another origin than the one it would be sent to.</summary>
    OtherOrigin = 2,

    /// <summary>It was sealed for another owner or name, or was altered.</summary>
    NotAuthentic = 3,
}

/// <summary>An opened credential, or why it stayed shut.</summary>
internal readonly record struct CredentialOpening
{
    public CredentialError Error { get; init; }

    /// <summary>Null unless <see cref="Error"/> is none. Memory and the cluster's own wire only.</summary>
    public string? Secret { get; init; }

    public override string ToString() => Error == CredentialError.None ? "opened" : Error.ToString();
}
