DROP TABLE credential_texts;
DROP INDEX credentials_repository_scope;
DROP INDEX credentials_project_scope;
DROP INDEX credentials_responsible_list;
DROP INDEX credentials_by_end;
DROP INDEX credentials_by_use;
DROP INDEX credentials_by_name;
DROP INDEX credentials_by_created;
ALTER TABLE credentials DROP COLUMN sort_name;
