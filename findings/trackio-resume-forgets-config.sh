#!/bin/bash
# A run of Trackio that is resumed loses the configuration that it was begun with.
#
# One would guess: `init(name=…, resume="must")` takes the run up again, with what is known of it; a `config` given then adds to it.
# What happens: the run's row of `configs` is replaced by that of the new process. Without a `config` all that is left are Trackio's
#   own keys; the points of before stay.
# Version: trackio 0.43.0 (Python 3.11).
# What follows for diffusion experiments: a job that a cluster ends and starts again has no learning rate in the end. Give `config` to
#   every `init`, the whole of it.
# Output seen:
#   begun:   {'lr': 0.001, 'batch': 64} with 1 point
#   resumed: {} with 2 points
#   resumed with batch: {'batch': 64} with 3 points
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
export TRACKIO_DIR="$t/trackio" HF_HUB_DISABLE_TELEMETRY=1 DO_NOT_TRACK=1
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check trackio==0.43.0
log() { # RESUME CONFIG
  venv/bin/python -W ignore - "$1" "$2" <<'PY' >/dev/null 2>&1
import json, sys
import trackio
run = trackio.init(project="digits", name="first", resume=sys.argv[1], config=json.loads(sys.argv[2]))
run.log({"loss": 0.5})
run.finish()
PY
}
say() { # WHAT KEYS POINTS
  venv/bin/python -W ignore - "$@" <<'PY'
import sys
from trackio.sqlite_storage import SQLiteStorage
(run,) = SQLiteStorage.get_run_records("digits")
config = SQLiteStorage.get_run_config("digits", "first", run_id=run["id"])
config = {key: value for key, value in config.items() if not key.startswith("_")}
points = len(SQLiteStorage.get_logs("digits", "first", run_id=run["id"]))
print(f"{sys.argv[1]} {config} with {points} point{'s' * (points > 1)}")
assert sorted(config) == sys.argv[2].split() and points == int(sys.argv[3])
PY
}
log never '{"lr": 0.001, "batch": 64}'; say "begun:  " "batch lr" 1
log must null; say "resumed:" "" 2
log must '{"batch": 64}'; say "resumed with batch:" "batch" 3
