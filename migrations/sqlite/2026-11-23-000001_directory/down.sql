DROP TABLE repository_members;
DROP TABLE project_members;
DROP TABLE members;
DROP TABLE repositories;
DROP TABLE projects;
DROP TABLE enterprises;
