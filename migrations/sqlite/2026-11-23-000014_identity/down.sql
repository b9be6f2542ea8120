DROP TABLE exchanged_tokens;
DROP TABLE used_identities;
DROP TABLE identity_rules;
DROP TABLE trusted_issuers;
