-- One row for each registration.
--
-- The key is a hash, as an index takes no text of more than some 2,700 bytes: SHA-256 over the
-- SHA-256 of the issuer and that of the name. It also compares byte for byte in every collation.
-- An identity column takes each version from a sequence, so that none is given twice, and lets
-- nobody write one by hand.
CREATE TABLE ory_oidc_registrations (
    key_hash bytea PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    issuer text NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    content text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE ory_oidc_registrations IS 'OpenID client registrations. The content holds secrets.';
