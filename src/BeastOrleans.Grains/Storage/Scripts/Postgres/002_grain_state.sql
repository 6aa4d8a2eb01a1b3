-- Grain state, as Orleans' ADO.NET provider expects it: it reads its statements from OrleansQuery and passes the parameters
-- GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString (the state name), GrainIdExtensionString (the string key),
-- ServiceId, GrainStateVersion (the ETag, null for a new state) and PayloadBinary.
--
-- Ours and not the Orleans repository's: its writes are a function that reads before it writes, a new row of it starts always at
-- version 1, and it cannot delete. The same shape as on SQLite.

CREATE TABLE OrleansStorage
(
    GrainIdHash            INTEGER     NOT NULL,
    GrainIdN0              BIGINT      NOT NULL,
    GrainIdN1              BIGINT      NOT NULL,
    GrainTypeHash          INTEGER     NOT NULL,
    GrainTypeString        TEXT        COLLATE "C" NOT NULL,
    -- Empty where Orleans says null: two nulls would not conflict in the unique index.
    GrainIdExtensionString TEXT        COLLATE "C" NOT NULL,
    ServiceId              TEXT        COLLATE "C" NOT NULL,
    PayloadBinary          BYTEA       NULL,
    ModifiedOn             TIMESTAMPTZ NOT NULL,
    Version                INTEGER     NOT NULL
);

-- The hashes lead, so a look-up compares integers and reads the texts of one row.
CREATE UNIQUE INDEX IX_OrleansStorage ON OrleansStorage
    (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, GrainIdExtensionString, ServiceId);

-- No row returned means the ETag did not match; the provider then throws InconsistentStateException.
-- A new row starts at a random version: were it always 1, a second activation that still holds the ETag of a row since
-- deleted and made anew would overwrite the new one unnoticed. A thousand million updates fit below the 32 bits of an ETag.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('WriteToStorageKey', '
INSERT INTO OrleansStorage
    (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary, ModifiedOn, Version)
SELECT
    @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, COALESCE(@GrainIdExtensionString, ''''), @ServiceId,
    CAST(@PayloadBinary AS BYTEA), now(), CAST(floor(random() * 1073741823) AS INTEGER) + 1
WHERE CAST(@GrainStateVersion AS INTEGER) IS NULL
ON CONFLICT DO NOTHING
RETURNING Version AS NewGrainStateVersion;

UPDATE OrleansStorage
SET PayloadBinary = CAST(@PayloadBinary AS BYTEA), ModifiedOn = now(), Version = Version + 1
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
    AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''')
    AND ServiceId = @ServiceId AND Version = CAST(@GrainStateVersion AS INTEGER)
RETURNING Version AS NewGrainStateVersion;
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ReadFromStorageKey', '
SELECT PayloadBinary, Version
FROM OrleansStorage
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
    AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''')
    AND ServiceId = @ServiceId;
');

-- Orleans insists on finding this one, though the product deletes (DeleteStateOnClear).
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ClearStorageKey', '
UPDATE OrleansStorage
SET PayloadBinary = NULL, ModifiedOn = now(), Version = Version + 1
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
    AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''')
    AND ServiceId = @ServiceId AND Version = CAST(@GrainStateVersion AS INTEGER)
RETURNING Version AS NewGrainStateVersion;
');

-- The provider takes the ETag coming back unchanged for a conflict, hence the + 1.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('DeleteStorageKey', '
DELETE FROM OrleansStorage
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
    AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''')
    AND ServiceId = @ServiceId AND Version = CAST(@GrainStateVersion AS INTEGER)
RETURNING Version + 1 AS NewGrainStateVersion;
');
