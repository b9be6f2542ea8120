DROP INDEX sign_ins_subject;
DROP INDEX sign_ins_sid;
DROP TABLE logout_tokens;
