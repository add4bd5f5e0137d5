"""Python's csv and json on the tables: check_tables.py STORE EXPERIMENT CSV_LONG CSV_WIDE JSONL"""

import csv
import json
import sys

from store import Store, same, same_points

csv.field_size_limit(1 << 30)


def number(text):
    return float({"Infinity": "inf", "-Infinity": "-inf"}.get(text, text))


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def main(folder, experiment, long, wide, lines):
    store = Store(folder)
    runs = store.runs(experiment)
    expected = {run: store.points(run) for run in runs}
    points = sum(len(series) for run in expected.values() for series in run.values())

    for path in (long, wide):
        rows = read(f"{path}/runs.csv")
        assert {row["id"] for row in rows} == set(runs) and len(rows) == len(runs)
    found = {}
    for row in read(f"{long}/history.csv"):
        found.setdefault(row["runId"], {}).setdefault(row["metric"], []).append((int(row["step"]), number(row["value"])))
    total = 0
    for run, series in expected.items():
        # Names are told apart by their place: hostile ones are changed on the way.
        read_series = sorted(found.get(run, {}).values(), key=repr)
        assert len(read_series) == len(series), run
        wanted = sorted(series.values(), key=repr)
        assert all(same_points(a, b) for a, b in zip(read_series, wanted)), run
        total += sum(map(len, read_series))
    assert total == points

    total = 0
    for row in read(f"{wide}/history.csv"):
        total += sum(1 for key, value in row.items() if key not in ("runId", "experiment", "label", "step") and value)
    assert total == points, (total, points)

    found = {}
    with open(lines, encoding="utf-8") as file:
        for line in file:
            item = json.loads(line)
            if item["kind"] == "run":
                assert item["id"] in runs
            if item["kind"] == "history":
                found.setdefault(item["runId"], {})[item["metric"]] = [
                    (step, number(value) if isinstance(value, str) else value)
                    for step, value in zip(item["steps"], item["values"], strict=True)
                ]
    for run, series in expected.items():
        assert set(found.get(run, {})) == set(series), run
        assert all(same_points(found[run][metric], series[metric]) for metric in series), run
    print(f"csv, long and wide, and jsonl: {len(runs)} runs, {points:,} points equal")


if __name__ == "__main__":
    main(*sys.argv[1:])
