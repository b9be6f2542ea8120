-- Most records are deliveries that were allowed. What is not is looked for most, and costs deliveries nothing.
CREATE INDEX audit_records_changes ON audit_records (enterprise_id, at) WHERE action <> 'credential.resolve';
CREATE INDEX audit_records_refused ON audit_records (enterprise_id, at) WHERE outcome <> 'allowed';
