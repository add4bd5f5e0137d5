"""What the programs themselves read of the runs that they wrote, as JSON: read_imports.py KIND PATH

    {"runs": [{"id", "experiment", "label", "state", "settings": {name: value}, "tags", "notes",
               "points": {metric: [[step, value], …] in the order in which they were logged}}]}

NaN and infinities are the texts "NaN", "Infinity", "-Infinity"; a state or a list that the program does not know is null.
wandb is read by the last version that had a reader in Python (see the Makefile), put before the newest by PYTHONPATH.
"""

import glob
import json
import math
import os
import sys

os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_ALLOW_FILE_STORE": "true"}


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def isnumber(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def flat(value, path, into):
    """{"a": {"b": 1}} is a.b."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            flat(value[key], f"{path}.{key}" if path else key, into)
        return into
    name, count = path, 2
    while name in into:
        name, count = f"{path} ({count})", count + 1
    into[name] = number(value)
    return into


def tensorboard(root):
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
    from tensorboard.util import tensor_util

    for folder, _, files in sorted(os.walk(root)):
        if not any("tfevents" in name for name in files):
            continue
        events = event_accumulator.EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 0})
        events.Reload()
        points = {tag: [[e.step, number(e.value)] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
        for tag in events.PluginTagToContent("scalars") if "scalars" in events._plugin_to_tag_to_content else ():
            if tag in events.Tags()["tensors"]:
                points[tag] = [[e.step, number(float(tensor_util.make_ndarray(e.tensor_proto)))] for e in events.Tensors(tag)]
        settings, state = {}, None
        for name in ("_hparams_/session_start_info", "_hparams_/session_end_info"):
            try:
                data = HParamsPluginData.FromString(events.SummaryMetadata(name).plugin_data.content)
            except KeyError:
                continue
            for key, value in data.session_start_info.hparams.items():
                settings[key] = getattr(value, value.WhichOneof("kind"))
            if data.HasField("session_end_info"):
                state = {1: "finished", 2: "failed", 3: "running"}.get(data.session_end_info.status)
        label = os.path.relpath(folder, root)
        yield {"id": None, "experiment": os.path.basename(root), "label": label, "state": state, "settings": settings,
               "tags": None, "notes": None, "points": points}


def mlflow(path):
    from mlflow.entities import ViewType
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"file://{path}" if os.path.isdir(path) else f"sqlite:///{path}")
    states = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "interrupted", "RUNNING": "running", "SCHEDULED": "queued"}
    for experiment in client.search_experiments(view_type=ViewType.ACTIVE_ONLY):
        for run in client.search_runs([experiment.experiment_id]):
            tags = dict(run.data.tags)
            note = tags.get("mlflow.note.content")
            points = {}
            for metric in run.data.metrics:
                # In the order of logging: that of the latest value, by which MLflow shows a metric.
                history = client.get_metric_history(run.info.run_id, metric)
                history.sort(key=lambda point: (point.timestamp, point.value))
                points[metric] = [[point.step, number(point.value)] for point in history]
            yield {"id": run.info.run_id, "experiment": experiment.name, "label": run.info.run_name,
                   "state": states[run.info.status], "settings": run.data.params, "notes": [note] if note else [],
                   "tags": sorted(f"{k}={v}" if v else k for k, v in tags.items() if not k.startswith("mlflow.")),
                   "points": points}


def wandb(root):
    from wandb.proto import wandb_internal_pb2
    from wandb.sdk.internal.datastore import DataStore

    runs = {}
    for path in sorted(glob.glob(f"{root}/**/*.wandb", recursive=True)):
        store = DataStore()
        store.open_for_scan(path)
        current, ended = None, False
        while data := store.scan_data():
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            kind = record.WhichOneof("record_type")
            if kind == "run":
                about = record.run
                current = runs.setdefault(
                    about.run_id, {"id": about.run_id, "experiment": about.project, "label": about.run_id, "config": {},
                                   "tags": [], "notes": [], "points": {}, "summary": {}})
                current["label"] = about.display_name or current["label"]
                current["tags"] += [tag for tag in about.tags if tag not in current["tags"]]
                current["notes"] = [about.notes] if about.notes else current["notes"]
            if kind in ("run", "config"):
                for item in (record.run.config if kind == "run" else record.config).update:
                    if not item.nested_key and item.key != "_wandb":
                        current["config"][item.key] = json.loads(item.value_json)
            if kind == "history":
                row = {".".join(item.nested_key) or item.key: json.loads(item.value_json) for item in record.history.item}
                for name, value in row.items():
                    if isnumber(value) and not name.startswith("_"):
                        current["points"].setdefault(name, []).append([row["_step"], number(value)])
            if kind == "summary":
                for item in record.summary.update:
                    current["summary"][".".join(item.nested_key) or item.key] = json.loads(item.value_json)
            if kind == "exit":
                ended = True
                current["state"] = "finished" if record.exit.exit_code == 0 else "failed"
        if not ended:
            current["state"] = "crashed"
    for run in runs.values():
        last = max((step for points in run["points"].values() for step, _ in points), default=0)
        for name, value in run.pop("summary").items():
            if isnumber(value) and not name.startswith("_") and name not in run["points"]:
                run["points"][name] = [[last, number(value)]]
        settings = {}
        for key in sorted(run["config"]):
            flat(run["config"][key], key, settings)
        del run["config"]
        yield run | {"settings": settings}


def trackio(root):
    os.environ["TRACKIO_DIR"] = root
    from trackio.sqlite_storage import SQLiteStorage

    for project in SQLiteStorage.get_projects():
        for record in SQLiteStorage.get_run_records(project):
            name, number_ = record["name"], record["id"]
            points = {}
            for row in SQLiteStorage.get_logs(project, name, run_id=number_):
                for metric, value in row.items():
                    if metric not in ("timestamp", "step") and isnumber(value):
                        points.setdefault(metric, []).append([row["step"], number(value)])
            config = SQLiteStorage.get_run_config(project, name, run_id=number_) or {}
            settings = {}
            for key in sorted(config):
                if not key.startswith("_"):
                    flat(config[key], key, settings)
            yield {"id": number_, "experiment": project, "label": name, "state": None, "settings": settings, "tags": None,
                   "notes": None, "points": points}


if __name__ == "__main__":
    json.dump({"runs": list(globals()[sys.argv[1]](os.path.abspath(sys.argv[2])))}, sys.stdout, indent=1)
    print()
