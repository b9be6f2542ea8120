DROP TABLE needed_keys;
DROP TABLE sealed_fields;
DROP TABLE credential_versions;
DROP TABLE credential_repositories;
DROP TABLE credential_projects;
DROP TABLE credentials;
