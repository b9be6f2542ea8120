DROP TABLE health;
DROP TABLE verifications;
DROP TABLE candidates;
