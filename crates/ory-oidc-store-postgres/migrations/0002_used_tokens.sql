-- One row for each token that was used and could still be used again.
--
-- The key is a hash, as an index takes no more than some 2,700 bytes: SHA-256 over the SHA-256 of the
-- issuer and that of the token's name. A row that is past counts as gone, whether it is there or not.
CREATE TABLE ory_oidc_used_tokens (
    key_hash bytea PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    remember_until timestamptz NOT NULL
);

-- Finds the rows to remove.
CREATE INDEX ory_oidc_used_tokens_remember_until ON ory_oidc_used_tokens (remember_until);

COMMENT ON TABLE ory_oidc_used_tokens IS 'Tokens that must not be used again, until when.';
