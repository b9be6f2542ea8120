DROP TABLE condition_trials;
DROP TABLE credential_conditions;
