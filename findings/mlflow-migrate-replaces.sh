#!/bin/bash
# `mlflow migrate-filestore` into a database that exists keeps nothing of what was in it.
#
# One would guess: "migrate" adds the runs of a folder to a database, and "Overwrite?" is about runs that are in both.
# What happens: where the file exists the tool asks "Overwrite? [y/N]", and after a y deletes it before the source is read. A second
#   folder cannot be added to the database of a first one, and `mlflow.db`, the name that MLflow 3 itself uses in the folder where
#   one works, loses all of one's own runs.
# Version: MLflow 3.17.2 (Python 3.11).
# What follows for diffusion experiments: exports of several sweeps go into one folder and then into one new database, whose name is
#   not mlflow.db.
# Output seen:
#   before: runs ['mine'] in mlflow.db
#   Overwrite? [y/N]
#   after: runs ['first'] in mlflow.db
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
export MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check mlflow==3.17.2
log() { # URI NAME
  MLFLOW_ALLOW_FILE_STORE=true venv/bin/python -W ignore - "$1" "$2" 2>/dev/null <<'PY'
import sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("diffusion")
with mlflow.start_run(run_name=sys.argv[2]):
    mlflow.log_metric("loss", 0.5)
PY
}
runs() { python3 -c "import sqlite3; print([row[0] for row in sqlite3.connect('mlflow.db').execute('SELECT name FROM runs')])"; }
log sqlite:///mlflow.db mine
log "file://$t/folder" first
before=$(runs); echo "before: runs $before in mlflow.db"
echo y | venv/bin/mlflow migrate-filestore --source folder --target sqlite:///mlflow.db --no-progress 2>&1 | grep -o 'Overwrite? \[y/N\]'
after=$(runs); echo "after: runs $after in mlflow.db"
[ "$before" = "['mine']" ] && [ "$after" = "['first']" ]
