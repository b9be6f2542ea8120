ALTER TABLE access_key_secrets DROP COLUMN made_with;
ALTER TABLE access_keys DROP COLUMN made_with;
ALTER TABLE provisioning_keys DROP COLUMN manages_access;
