#!/usr/bin/env bash
# AdventureWorks suppliers: a new workspace, its partners, KPIs, benchmarks, scorecard and measurements, scored for all quarters.
# Usage: examples/adventureworks_suppliers/run.sh DATA_DIR TENANT
# DATA_DIR holds the files of the set, or the folders adventureworks/purchasing or purchasing with them. TENANT is the short name of the new workspace.
set -euo pipefail
data=${1:?usage: run.sh DATA_DIR TENANT}
tenant=${2:?usage: run.sh DATA_DIR TENANT}
here=$(cd "$(dirname "$0")" && pwd)
for folder in adventureworks/purchasing purchasing; do
  if [ -d "$data/$folder" ]; then data=$data/$folder; fi
done
data=$(cd "$data" && pwd)
cd "$here/../.."
manage() { "${PYTHON:-.venv/bin/python}" manage.py "$@"; }

manage create_tenant "$tenant" --name "AdventureWorks suppliers" --pack automotive-manufacturing --currency USD --timezone UTC
manage import_data --tenant "$tenant" --mapping "$here/partners.yaml" "$data/Vendor.csv"
manage import_data --tenant "$tenant" "$here/kpis.csv"
manage import_data --tenant "$tenant" "$here/benchmarks.csv"
manage import_data --tenant "$tenant" "$here/scorecard.csv"
manage import_data --tenant "$tenant" --mapping "$here/orders.yaml" "$data/PurchaseOrderDetail.csv"
manage recompute --tenant "$tenant" --all
