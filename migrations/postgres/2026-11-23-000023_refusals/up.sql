-- What was refused is counted beside what was delivered; what was refused before is counted now, from the records.
ALTER TABLE usage_daily ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
INSERT INTO usage_daily (credential_id, day, caller_id, chain, uses, refused)
SELECT r.object_id, CAST(r.at / 86400000 AS INTEGER), r.actor_id, r.chain, 0, COUNT(*)
FROM audit_records r
JOIN credentials c ON c.id = r.object_id AND c.state <> 'deleted'
WHERE r.outcome <> 'allowed' AND r.action = 'credential.resolve' AND r.actor_id IS NOT NULL
GROUP BY r.object_id, CAST(r.at / 86400000 AS INTEGER), r.actor_id, r.chain
ON CONFLICT (credential_id, day, caller_id, chain) DO UPDATE SET refused = excluded.refused;
