"""What 'workbench import' makes of other programs' runs, beside what their own readers say (read_imports.py):

    check_imports.py KIND STORE EXPECTED [--database]

KIND is tensorboard, mlflow, wandb or trackio, STORE a store into which nothing else was imported, EXPECTED that JSON.
"""

import json
import math
import os
import sqlite3
import sys

from store import Store, same


def number(value):
    return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(value, value) if isinstance(value, str) else value


def kept(points, is_database):
    """The store has each step once, with the value that was logged last; MLflow's database has no infinities."""
    steps = {}
    for step, value in points:
        value = float(number(value))
        if is_database and abs(value) == sys.float_info.max:
            value = math.copysign(math.inf, value)
        steps[step] = value
    return sorted(steps.items())


def written(value):
    """A parameter as MLflow has it: text."""
    return {True: "True", False: "False", None: "None"}[value] if value is None or isinstance(value, bool) else str(value)


def same_setting(kind, found, expected):
    if kind == "mlflow":
        return written(found) == expected or isinstance(found, float) and found == float(expected)
    if isinstance(expected, dict) or isinstance(expected, list) and any(isinstance(item, dict) for item in expected):
        return json.loads(found) == expected
    return found == expected


def main():
    kind, folder, expected = sys.argv[1:4]
    is_database = "--database" in sys.argv
    with open(expected) as file:
        wanted = json.load(file)["runs"]
    store = Store(folder)
    rows = {
        row["sourceId"]: row
        for row in store.db.execute(
            """SELECT importedRun.*, run.state, member.label FROM importedRun JOIN run ON run.id = runId
               JOIN experimentRun AS member USING (runId)""")
    }
    assert len(rows) == len(wanted), (len(rows), len(wanted))
    count = 0
    for run in wanted:
        found = [row for row in rows.values()
                 if (run["id"] is None and row["label"] == run["label"])
                 or (run["id"] is not None and row["sourceId"].split("/")[-1] == run["id"])]
        assert len(found) == 1, run["label"]
        row = found[0]
        assert row["source"] == kind and row["label"] == run["label"], (dict(row), run["label"])
        assert row["state"] == (run["state"] or "finished"), (row["state"], run["state"])
        settings = {path: value for path, (value, _) in store.parameters(row["runId"]).items()}
        assert settings.keys() == run["settings"].keys(), (settings.keys(), run["settings"].keys())
        for name, value in run["settings"].items():
            assert same_setting(kind, settings[name], value), (name, settings[name], value)
        points = store.points(row["runId"])
        points.pop("time/unix", None)
        assert points.keys() == run["points"].keys(), (points.keys(), run["points"].keys())
        for metric, list_ in run["points"].items():
            wanted_points = kept(list_, is_database)
            assert len(points[metric]) == len(wanted_points), (metric, points[metric], wanted_points)
            for (step, value), (wanted_step, wanted_value) in zip(points[metric], wanted_points):
                assert step == wanted_step and same(value, wanted_value), (metric, step, value, wanted_step, wanted_value)
            count += len(points[metric])
        if run["tags"] is not None:
            assert store.tags(row["runId"]) == set(run["tags"])
        if run["notes"] is not None:
            assert store.notes(row["runId"]) == run["notes"]
    name = "mlflow (database)" if is_database else kind
    print(f"import of {name}: {len(wanted)} runs with {count} points, as its own reader has them")


if __name__ == "__main__":
    main()
