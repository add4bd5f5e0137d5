"""MLflow's own readers on an exported folder: check_mlflow.py STORE EXPERIMENTS FOLDER"""

import json
import os
import re
import subprocess
import sys
import tempfile

# MLflow 3 reads its file store only when told to; migrating it needs no leave.
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

from mlflow.tracking import MlflowClient  # noqa: E402

from store import Store, same_points  # noqa: E402

STATES = {"finished": "FINISHED", "pruned": "FINISHED", "failed": "FAILED", "crashed": "FAILED",
          "queued": "SCHEDULED", "running": "RUNNING", "interrupted": "KILLED"}
# What MLflow's database makes of infinity.
LARGEST = 1.7976931348623157e308


def original(name):
    """Takes back `_uHEX_`, as docs/exchange.md says."""
    return re.sub(r"_u([0-9a-f]*)_", lambda found: chr(int(found[1], 16)) if found[1] else "", name)


def names(client, run):
    """MLflow's names of this run to ours: those in names.json are said, all others are as they were."""
    with tempfile.TemporaryDirectory() as folder:
        if not any(item.path == "workbench/names.json" for item in client.list_artifacts(run.info.run_id, "workbench")):
            return {"metrics": {}, "params": {}, "tags": {}}
        path = client.download_artifacts(run.info.run_id, "workbench/names.json", folder)
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
    for mapped, name in [item for kind in told.values() for item in kind.items()]:
        assert len(name) > 100 or original(mapped) == name, (mapped, name)
    return {"metrics": {}, "params": {}, "tags": {}} | told


def check(client, store, experiment, database):
    found = client.search_experiments(filter_string=None)
    number = next(item.experiment_id for item in found if item.name == experiment)
    runs = store.runs(experiment)
    page = client.search_runs([number], max_results=10_000)
    assert len(page) == len(runs), (len(page), len(runs))
    points = 0
    for run in page:
        own = run.data.tags["workbench.run"]
        row = runs[own]
        told = names(client, run)
        assert run.info.status == STATES[row["state"]], (run.info.status, row["state"])
        parameters = store.parameters(own)
        read = {told["params"].get(key, key): value for key, value in run.data.params.items()}
        assert set(read) == set(parameters), set(read) ^ set(parameters)
        for path, value in read.items():
            text = parameters[path][1]
            assert value == text or json.loads(value) == parameters[path][0] or len(text) > 6000, (path, value)
        tags = {told["tags"].get(key, key) for key in run.data.tags}
        assert {f"tag.{tag}" for tag in store.tags(own)} <= tags, tags
        expected = store.points(own)
        metrics = {told["metrics"].get(key, key): key for key in run.data.metrics}
        assert set(metrics) == set(expected), set(metrics) ^ set(expected)
        for metric, key in metrics.items():
            history = sorted((item.step, item.value) for item in client.get_metric_history(run.info.run_id, key))
            wanted = expected[metric]
            if database:
                wanted = [(step, max(-LARGEST, min(LARGEST, value)) if value == value else value)
                          for step, value in wanted]
            assert same_points(history, wanted), (own, metric, history[:3], wanted[:3])
            points += len(history)
        pictures = store.pictures(own)
        listed = [item for item in client.list_artifacts(run.info.run_id) if item.path.endswith(".png")]
        assert len(listed) == len(pictures), (len(listed), len(pictures))
    return len(page), points


def check_all(client, store, experiments, database):
    found = [check(client, store, experiment, database) for experiment in experiments]
    return sum(runs for runs, _ in found), sum(points for _, points in found)


def migrate(root, database):
    environment = {key: value for key, value in os.environ.items() if key != "MLFLOW_ALLOW_FILE_STORE"}
    subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "mlflow"), "migrate-filestore", "--source", root,
         "--target", f"sqlite:///{database}", "--no-progress"],
        check=True, stdout=subprocess.DEVNULL, env=environment,
    )


def main(folder, experiments, root):
    store = Store(folder)
    experiments = experiments.split(",")
    runs, points = check_all(MlflowClient(f"file://{os.path.abspath(root)}"), store, experiments, False)
    print(f"MLflow, file store: {runs} runs, {points:,} points equal")
    with tempfile.TemporaryDirectory() as place:
        # The name that docs/exchange.md gives: a new file, since what is there is deleted.
        migrate(root, f"{place}/workbench-export.db")
        runs, points = check_all(
            MlflowClient(f"sqlite:///{place}/workbench-export.db"), store, experiments, True)
        print(f"MLflow, after migrate-filestore: {runs} runs, {points:,} points equal")


if __name__ == "__main__":
    main(*sys.argv[1:])
