DROP TABLE sign_in_attempts;
DROP TABLE sign_ins;
DROP TABLE sessions;
