#!/usr/bin/env bash
# Maven CRM agents: a new workspace, its partners, KPIs, benchmarks, scorecard and measurements, scored for all quarters.
# Usage: examples/maven_crm/run.sh DATA_DIR TENANT
# DATA_DIR holds the files of the set, or the folder maven_crm with them. TENANT is the short name of the new workspace.
set -euo pipefail
data=${1:?usage: run.sh DATA_DIR TENANT}
tenant=${2:?usage: run.sh DATA_DIR TENANT}
here=$(cd "$(dirname "$0")" && pwd)
if [ -d "$data/maven_crm" ]; then data=$data/maven_crm; fi
data=$(cd "$data" && pwd)
cd "$here/../.."
manage() { "${PYTHON:-.venv/bin/python}" manage.py "$@"; }

manage create_tenant "$tenant" --name "Maven CRM agents" --pack information-technology --currency USD --timezone UTC
manage import_data --tenant "$tenant" --mapping "$here/partners.yaml" "$data/sales_teams.csv"
manage import_data --tenant "$tenant" "$here/kpis.csv"
manage import_data --tenant "$tenant" "$here/benchmarks.csv"
manage import_data --tenant "$tenant" "$here/scorecard.csv"
manage import_data --tenant "$tenant" --mapping "$here/pipeline.yaml" "$data/sales_pipeline.csv"
manage recompute --tenant "$tenant" --all
