-- docs:begin read-only-user
CREATE ROLE bobbin LOGIN PASSWORD 'choose one';
GRANT CONNECT ON DATABASE shop TO bobbin;

-- For each schema that is to be copied:
GRANT USAGE ON SCHEMA public TO bobbin;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO bobbin;

-- Tables that are made later, by the role that runs this line:
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO bobbin;

-- Bobbin only ever reads; this says so once more, on the server's side:
ALTER ROLE bobbin SET default_transaction_read_only = on;
-- docs:end read-only-user
