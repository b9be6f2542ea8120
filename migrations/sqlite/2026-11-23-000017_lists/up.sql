-- The name as lists sort it: in lower case.
ALTER TABLE credentials ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
UPDATE credentials SET sort_name = lower(name);
-- One for each order of the list, with what filters look at most: a page is read off an index.
CREATE INDEX credentials_by_created ON credentials (enterprise_id, created_at, id, state, credential_type);
CREATE INDEX credentials_by_name ON credentials (enterprise_id, sort_name, id, state, credential_type);
-- Never used comes first.
CREATE INDEX credentials_by_use ON credentials (enterprise_id, (COALESCE(last_used_at, 0)), id, state, credential_type);
-- Without an end comes last.
CREATE INDEX credentials_by_end ON credentials (enterprise_id, (COALESCE(expires_at, 9223372036854775807)), id, state, credential_type);
CREATE INDEX credentials_responsible_list ON credentials (enterprise_id, responsible_id, state);
CREATE INDEX credentials_project_scope ON credentials (enterprise_id, project_scope);
CREATE INDEX credentials_repository_scope ON credentials (enterprise_id, repository_scope);
-- What can be searched of a credential: everything that is not secret, in lower case, and every three letters of it in
-- hexadecimal, so that a word is found wherever it stands and in whatever script.
CREATE TABLE credential_texts (
  number INTEGER PRIMARY KEY NOT NULL,
  credential_id TEXT NOT NULL UNIQUE REFERENCES credentials (id) ON DELETE CASCADE,
  folded TEXT NOT NULL,
  grams TEXT NOT NULL
);
CREATE VIRTUAL TABLE credential_grams USING fts5(grams, content='credential_texts', content_rowid='number', tokenize='ascii', detail='none', columnsize=0);
CREATE TRIGGER credential_texts_insert AFTER INSERT ON credential_texts BEGIN
  INSERT INTO credential_grams (rowid, grams) VALUES (new.number, new.grams);
END;
CREATE TRIGGER credential_texts_delete AFTER DELETE ON credential_texts BEGIN
  INSERT INTO credential_grams (credential_grams, rowid, grams) VALUES ('delete', old.number, old.grams);
END;
CREATE TRIGGER credential_texts_update AFTER UPDATE ON credential_texts BEGIN
  INSERT INTO credential_grams (credential_grams, rowid, grams) VALUES ('delete', old.number, old.grams);
  INSERT INTO credential_grams (rowid, grams) VALUES (new.number, new.grams);
END;
INSERT INTO credential_texts (credential_id, folded, grams)
  SELECT id, folded, (
    WITH RECURSIVE place (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < length(folded))
    SELECT group_concat(gram, ' ') FROM (SELECT DISTINCT lower(hex(substr(folded, n, 3))) AS gram FROM place)
  )
  FROM (
    SELECT c.id AS id, substr(lower(c.name || char(10) || c.token || char(10) || c.description || COALESCE((
      SELECT group_concat(char(10) || p.value, '') FROM credential_versions v, json_each(v.plain) p
      WHERE v.credential_id = c.id AND v.number = c.current_version
    ), '')), 1, 4000) AS folded
    FROM credentials c
  );
