#!/bin/sh
# Runs once, when the database volume is empty: the two roles and an empty database that the owner owns.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$PRM_OWNER_PASSWORD" --set app_password="$PRM_APP_PASSWORD" <<'SQL'
CREATE ROLE prm_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE prm_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB PASSWORD :'app_password';
-- Compiling short statements costs more than it saves.
ALTER ROLE prm_app SET jit = off;
CREATE DATABASE prm OWNER prm_owner TEMPLATE template0;
REVOKE ALL ON DATABASE prm FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE prm TO prm_app;
SQL

psql --set ON_ERROR_STOP=1 --username prm_owner --dbname prm --file /prepare_database.sql
