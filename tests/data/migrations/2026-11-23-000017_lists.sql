-- What the step made of the credentials that were there, made longer.
UPDATE credential_texts SET folded = 'alerts for the night' WHERE credential_id = '01930000-0000-7000-8000-000000000052';
