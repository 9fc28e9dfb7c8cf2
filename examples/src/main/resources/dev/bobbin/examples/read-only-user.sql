-- docs:begin read-only-user
-- In psql, as a superuser, or as the owner of the tables who may create roles; connected to the database shop.
CREATE USER "bobbin" WITH PASSWORD '<password>';

-- Bobbin only ever reads; this says so once more, on the server's side:
ALTER ROLE "bobbin" SET default_transaction_read_only = on;

GRANT CONNECT ON DATABASE "shop" TO "bobbin";
GRANT USAGE ON SCHEMA "public" TO "bobbin";

GRANT SELECT ON ALL TABLES IN SCHEMA "public" TO "bobbin";
-- Tables that are made later, by the role that runs this line; others run it too:
ALTER DEFAULT PRIVILEGES IN SCHEMA "public" GRANT SELECT ON TABLES TO "bobbin";
-- docs:end read-only-user
