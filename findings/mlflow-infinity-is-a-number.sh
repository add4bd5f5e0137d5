#!/bin/bash
# An infinite loss is infinite in MLflow's folders and the largest number in its database.
#
# One would guess: a metric reads back as it was logged, from whichever store, as NaN does.
# What happens: the database keeps infinity as 1.7976931348623157e308, the client returns that, and `math.isinf` says no. NaN comes
#   back as NaN. The file store returns inf.
# Version: MLflow 3.17.2 (Python 3.11).
# What follows for diffusion experiments: a check for divergence by isinf or isfinite on what MLflow returns finds NaN alone. Compare
#   with sys.float_info.max too.
# Output seen:
#   file store: [('finite', 0.5), ('inf', inf), ('nan', nan)], not finite: ['inf', 'nan']
#   database:   [('finite', 0.5), ('inf', 1.7976931348623157e+308), ('nan', nan)], not finite: ['nan']
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
export MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true MLFLOW_ALLOW_FILE_STORE=true
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check mlflow==3.17.2
venv/bin/python -W ignore - 2>/dev/null <<'PY'
import math, os, sys

from mlflow.tracking import MlflowClient


def read(uri):
    client = MlflowClient(uri)
    number = client.create_experiment("diffusion", artifact_location=f"file://{os.getcwd()}/artifacts")
    for name, loss in (("finite", 0.5), ("inf", math.inf), ("nan", math.nan)):
        run = client.create_run(number, run_name=name).info.run_id
        client.log_metric(run, "loss", loss)
        client.set_terminated(run)
    return sorted((run.info.run_name, run.data.metrics["loss"]) for run in client.search_runs([number]))


for title, uri, wanted in (
    ("file store:", f"file://{os.getcwd()}/folder", ["inf", "nan"]),
    ("database:  ", f"sqlite:///{os.getcwd()}/runs.db", ["nan"]),
):
    found = read(uri)
    strange = [name for name, loss in found if not math.isfinite(loss)]
    print(f"{title} {found}, not finite: {strange}")
    assert strange == wanted
    assert dict(found)["inf"] == (math.inf if "inf" in wanted else sys.float_info.max)
PY
