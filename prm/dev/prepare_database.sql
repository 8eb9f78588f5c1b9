-- Run once in a new, empty database, as prm_owner. Safe to repeat. Used by the launcher, by tests and by compose.
-- Only the owner creates tables; the application may read and write all of them, within the row-level policies.
-- The extensions are trusted ones, which the owner of a database may add without being a superuser.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
ALTER SCHEMA public OWNER TO prm_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO prm_app;
ALTER DEFAULT PRIVILEGES FOR ROLE prm_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO prm_app;
ALTER DEFAULT PRIVILEGES FOR ROLE prm_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO prm_app;
