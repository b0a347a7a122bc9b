-- The two database roles of casedesk and what they may do, run by the superuser inside a new, empty database:
-- by config/embedded.py for the embedded server, by docker-compose.yml for the official image.
--   casedesk_owner  owns the database and its schema; migrations run as this role and nothing else does.
--   casedesk_app    runs the product: reads and writes rows, owns nothing, changes no table, sees what row security lets it see.
-- Append-only tables take UPDATE and DELETE away from casedesk_app (and guard themselves by trigger) in their own migrations.
-- Running it twice changes nothing.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casedesk_owner') THEN
        CREATE ROLE casedesk_owner;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casedesk_app') THEN
        CREATE ROLE casedesk_app;
    END IF;
END $$;
ALTER ROLE casedesk_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE casedesk_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;

DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO casedesk_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO casedesk_app', current_database());
END $$;
ALTER SCHEMA public OWNER TO casedesk_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO casedesk_app;

ALTER DEFAULT PRIVILEGES FOR ROLE casedesk_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE casedesk_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO casedesk_app;
ALTER DEFAULT PRIVILEGES FOR ROLE casedesk_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO casedesk_app;
ALTER DEFAULT PRIVILEGES FOR ROLE casedesk_owner IN SCHEMA public
    GRANT EXECUTE ON FUNCTIONS TO casedesk_app;

CREATE EXTENSION IF NOT EXISTS pg_trgm;
