DROP INDEX audit_records_refused;
DROP INDEX audit_records_changes;
