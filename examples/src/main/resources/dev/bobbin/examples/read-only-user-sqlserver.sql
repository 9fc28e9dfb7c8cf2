-- docs:begin read-only-user
-- As an administrator. In Azure SQL Database the first statement is for master.
CREATE LOGIN [bobbin] WITH PASSWORD = N'<password>';

USE [shop];
CREATE USER [bobbin] FOR LOGIN [bobbin];
GRANT SELECT ON SCHEMA::[dbo] TO [bobbin];
-- docs:end read-only-user
