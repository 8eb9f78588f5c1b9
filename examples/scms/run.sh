#!/usr/bin/env bash
# SCMS vendors: a new workspace, its partners, KPIs, benchmarks, scorecard and measurements, scored for all quarters.
# Usage: examples/scms/run.sh DATA_DIR TENANT
# DATA_DIR holds the files of the set, or the folder scms_deliveries with them. TENANT is the short name of the new workspace.
set -euo pipefail
data=${1:?usage: run.sh DATA_DIR TENANT}
tenant=${2:?usage: run.sh DATA_DIR TENANT}
here=$(cd "$(dirname "$0")" && pwd)
if [ -d "$data/scms_deliveries" ]; then data=$data/scms_deliveries; fi
data=$(cd "$data" && pwd)
cd "$here/../.."
manage() { "${PYTHON:-.venv/bin/python}" manage.py "$@"; }

manage create_tenant "$tenant" --name "SCMS vendors" --pack healthcare-services --currency USD --timezone UTC
manage import_data --tenant "$tenant" --mapping "$here/partners.yaml" "$data/SCMS_Delivery_History_Dataset.csv.gz"
manage import_data --tenant "$tenant" "$here/kpis.csv"
manage import_data --tenant "$tenant" "$here/benchmarks.csv"
manage import_data --tenant "$tenant" "$here/scorecard.csv"
manage import_data --tenant "$tenant" --mapping "$here/deliveries.yaml" "$data/SCMS_Delivery_History_Dataset.csv.gz"
manage recompute --tenant "$tenant" --all
