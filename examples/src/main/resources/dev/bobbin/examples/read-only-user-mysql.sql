-- Run as an administrator. 'choose one', the database and the host are yours to choose.
-- docs:begin read-only-user
CREATE USER 'bobbin'@'%' IDENTIFIED BY 'choose one';
GRANT SELECT ON shop.* TO 'bobbin'@'%';
-- docs:end read-only-user
