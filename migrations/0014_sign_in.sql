-- Who signed in with Discord, as Discord says they are.
ALTER TABLE accounts ADD COLUMN username TEXT;
ALTER TABLE accounts ADD COLUMN avatar TEXT;
ALTER TABLE accounts ADD COLUMN discriminator TEXT;
-- Sealed.
ALTER TABLE accounts ADD COLUMN email TEXT;
ALTER TABLE accounts ADD COLUMN first_signed_in_at BIGINT;
ALTER TABLE accounts ADD COLUMN signed_in_at BIGINT;
-- From when on their servers are to be read again; NULL where we may not.
ALTER TABLE accounts ADD COLUMN guilds_due_at BIGINT;

-- What a person allowed us at Discord. One that ended waits until Discord was told.
CREATE TABLE grants (
    id            TEXT PRIMARY KEY NOT NULL,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    -- Separated by spaces.
    scopes        TEXT NOT NULL,
    -- Sealed.
    access_token  TEXT NOT NULL,
    refresh_token TEXT,
    expires_at    BIGINT NOT NULL,
    granted_at    BIGINT NOT NULL,
    ended_at      BIGINT
);
CREATE UNIQUE INDEX grants_live ON grants (account_id) WHERE ended_at IS NULL;
CREATE INDEX grants_ended ON grants (ended_at) WHERE ended_at IS NOT NULL;

-- The servers that a person is in, for reviewers alone.
CREATE TABLE account_guilds (
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    guild_id    TEXT NOT NULL,
    name        TEXT NOT NULL,
    icon        TEXT,
    is_owner    BIGINT NOT NULL,
    permissions TEXT NOT NULL,
    read_at     BIGINT NOT NULL,
    PRIMARY KEY (account_id, guild_id)
);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY NOT NULL,
    -- SHA-256 of what the cookie holds.
    token_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- What the browser calls itself.
    agent      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_use ON sessions (seen_at);

-- A sign-in that began and did not come back yet.
CREATE TABLE sign_ins (
    state_hash   TEXT PRIMARY KEY NOT NULL,
    -- SHA-256 of the cookie of the browser that began it.
    browser_hash TEXT NOT NULL,
    -- PKCE's; sealed.
    verifier     TEXT NOT NULL,
    -- Whom the link was for; NULL where anybody may sign in.
    expected     TEXT,
    return_to    TEXT NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX sign_ins_by_age ON sign_ins (created_at);
