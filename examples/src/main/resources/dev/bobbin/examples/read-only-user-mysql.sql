-- docs:begin read-only-user
-- As an administrator. Instead of % name the host or network that Bobbin connects from.
CREATE USER 'bobbin'@'%' IDENTIFIED BY '<password>';

GRANT SELECT ON `shop`.* TO 'bobbin'@'%';

-- For views, if their columns are to be found where their tables cannot be read: SHOW VIEW on them.
-- To notice a TRUNCATE in the middle of a load that was interrupted:
-- GRANT PROCESS ON *.* TO 'bobbin'@'%';
-- docs:end read-only-user
