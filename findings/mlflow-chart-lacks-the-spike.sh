#!/bin/bash
# A loss that jumps at one step is not in MLflow's chart of it.
#
# One would guess: a chart of a metric shows its highest and its lowest value, however many points it has.
# What happens: the page asks for 320 points of each run (`maxResults` in its scripts, no setting), and the server gives the
#   first of each of 320 equal parts, whatever lies between. Of 2,000 steps five in six are not drawn, the highest value among
#   them. Zooming in asks again, for the steps in the window: there the spike appears to whoever knows where it is.
# Version: MLflow 3.17.2 on SQLite (Python 3.11).
# What follows for diffusion experiments: that the chart is smooth does not say that no step diverged, or that mixed precision
#   holds. Log a running maximum as a metric of its own, or ask the client for the whole history (`get_metric_history`).
# Output seen:
#   the page asks for 320 points
#   logged:               2000 points, highest 50.0 at step 1234
#   in the chart:          320 points, highest 1.0 at step 0
#   steps 1200 to 1300:    101 points, highest 50.0 at step 1234
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
export MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check mlflow==3.17.2
venv/bin/python -W ignore - 2>/dev/null <<'PY'
import json, os, pathlib, re, signal, socket, subprocess, sys, time, urllib.request

import mlflow
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

scripts = (pathlib.Path(mlflow.__file__).parent / "server/js/build/static/js").glob("*.js")
[asked] = {number for script in scripts for number in re.findall(r"maxResults:\w+=(\d+),range:", script.read_text())}
print(f"the page asks for {asked} points")

database = f"sqlite:///{os.getcwd()}/runs.db"
client = MlflowClient(database)
run = client.create_run(client.create_experiment("diffusion", artifact_location=f"file://{os.getcwd()}/artifacts")).info.run_id
losses = [50.0 if step == 1234 else 1 / (1 + step / 100) for step in range(2000)]
for first in (0, 1000):
    client.log_batch(run, metrics=[Metric("loss", losses[step], step, step) for step in range(first, first + 1000)])
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = subprocess.Popen(
    [f"{os.path.dirname(sys.executable)}/mlflow", "server", "--backend-store-uri", database, "--port", str(port)],
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def chart(steps=""):
    page = f"http://127.0.0.1:{port}/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval"
    address = f"{page}?run_ids={run}&metric_key=loss&max_results={asked}{steps}"
    for _ in range(120):
        try:
            return [(point["value"], int(point["step"])) for point in json.load(urllib.request.urlopen(address))["metrics"]]
        except OSError:
            time.sleep(1)


try:
    for title, points, wanted in (
        ("logged:            ", [(point.value, point.step) for point in client.get_metric_history(run, "loss")], (2000, 50.0)),
        ("in the chart:      ", chart(), (320, 1.0)),
        ("steps 1200 to 1300:", chart("&start_step=1200&end_step=1300"), (101, 50.0)),
    ):
        value, step = max(points)
        print(f"{title} {len(points):6} points, highest {value} at step {step}")
        assert (len(points), value) == wanted
finally:
    os.killpg(server.pid, signal.SIGTERM)
    server.wait()
PY
