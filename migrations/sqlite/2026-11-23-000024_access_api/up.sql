-- Whether a program may make, change and revoke access keys with a provisioning key; no key that was there before may.
ALTER TABLE provisioning_keys ADD COLUMN manages_access BOOLEAN NOT NULL DEFAULT FALSE;
-- The provisioning key that an access key, and each of its secrets, was made with; NULL when a member made it in the
-- console. The member beside it is then who made the provisioning key.
ALTER TABLE access_keys ADD COLUMN made_with TEXT REFERENCES provisioning_keys (id);
ALTER TABLE access_key_secrets ADD COLUMN made_with TEXT REFERENCES provisioning_keys (id);
