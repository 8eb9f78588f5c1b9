#!/usr/bin/env bash
# AdventureWorks resellers: a new workspace, its partners, KPIs, benchmarks, scorecard and measurements, scored for all quarters.
# Usage: examples/adventureworks_resellers/run.sh DATA_DIR TENANT
# DATA_DIR holds the files of the set, or the folder adventureworks with them. TENANT is the short name of the new workspace.
set -euo pipefail
data=${1:?usage: run.sh DATA_DIR TENANT}
tenant=${2:?usage: run.sh DATA_DIR TENANT}
here=$(cd "$(dirname "$0")" && pwd)
if [ -d "$data/adventureworks" ]; then data=$data/adventureworks; fi
data=$(cd "$data" && pwd)
cd "$here/../.."
manage() { "${PYTHON:-.venv/bin/python}" manage.py "$@"; }

manage create_tenant "$tenant" --name "AdventureWorks resellers" --pack consumer-electronics --currency USD --timezone UTC
manage import_data --tenant "$tenant" --mapping "$here/partners.yaml" "$data/DimReseller.csv"
manage import_data --tenant "$tenant" "$here/kpis.csv"
manage import_data --tenant "$tenant" "$here/benchmarks.csv"
manage import_data --tenant "$tenant" "$here/scorecard.csv"
manage import_data --tenant "$tenant" --mapping "$here/sales.yaml" "$data/FactResellerSales.csv.gz"
manage recompute --tenant "$tenant" --all
