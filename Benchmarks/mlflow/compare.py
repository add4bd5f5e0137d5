"""Logs the same points through MLflow on SQLite and through the workbench, in turn, and prints a table.

    compare.py [--workbench PATH] [--rounds N] [--batches N] [--singles N] [--runs N]

A round logs, in processes of their own: with MLflow `--batches` batches of 1,000 points (ten metrics × 100 steps, a run
for every ten batches) and `--singles` single points; with the workbench `bench store` of `--runs` runs × 1,000 steps × 10
metrics in transactions of 1,000 points, and of one point each. Both write to the same disk. Medians of the rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def log_with_mlflow(batches, singles):
    """In a process of its own: seconds a batch, single points a second, bytes a point."""
    import sqlite3

    from mlflow.entities import Metric
    from mlflow.tracking import MlflowClient

    with tempfile.TemporaryDirectory() as place:
        path = f"{place}/mlflow.db"
        client = MlflowClient(f"sqlite:///{path}")
        experiment = client.create_experiment("large")
        warm = client.create_run(experiment)
        client.log_metric(warm.info.run_id, "warm", 1.0, step=0)
        empty = size(path)

        times = []
        run = None
        for batch in range(batches):
            if batch % 10 == 0:
                run = client.create_run(experiment)
            first = batch % 10 * 100
            points = [
                Metric(f"train/metric_{metric}", 1 / (first + step + metric + 1), 1_769_947_200_000 + first + step, first + step)
                for metric in range(10)
                for step in range(100)
            ]
            begin = time.perf_counter()
            client.log_batch(run.info.run_id, metrics=points)
            times.append(time.perf_counter() - begin)
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        bytes_per_point = (size(path) - empty) / (batches * 1000)

        run = client.create_run(experiment)
        begin = time.perf_counter()
        for step in range(singles):
            client.log_metric(run.info.run_id, "train/loss", 1 / (step + 1), step=step)
        rate = singles / (time.perf_counter() - begin)
        return {"batchMilliseconds": 1e3 * statistics.median(times), "pointsPerSecond": 1000 * batches / sum(times),
                "singlesPerSecond": rate, "bytesPerPoint": bytes_per_point}


def size(path):
    return os.path.getsize(path)


def bench_store(workbench, runs, steps, batch):
    result = subprocess.run(
        [workbench, "bench", "store", "--runs", str(runs), "--steps", str(steps), "--batch", str(batch),
         "--transaction", str(batch), "--json"],
        check=True, capture_output=True, text=True,
    )
    return json.loads(result.stdout)


def mlflow_version():
    from importlib.metadata import version

    return version("mlflow")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workbench", default=f"{ROOT}/.build/release/workbench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--singles", type=int, default=500)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--one-round", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one_round:
        print(json.dumps(log_with_mlflow(options.batches, options.singles)))
        return

    theirs, ours, single = [], [], []
    for round_ in range(options.rounds):
        print(f"round {round_ + 1} of {options.rounds}", file=sys.stderr)
        result = subprocess.run(
            [sys.executable, os.path.abspath(__file__), "--one-round", "--batches", str(options.batches),
             "--singles", str(options.singles)],
            check=True, stdout=subprocess.PIPE, text=True,
        )
        theirs.append(json.loads(result.stdout.splitlines()[-1]))
        ours.append(bench_store(options.workbench, options.runs, 1000, 1000))
        single.append(bench_store(options.workbench, 1, 500, 1))

    def median(results, key):
        return statistics.median(result[key] for result in results)

    rate, own = median(theirs, "pointsPerSecond"), median(ours, "pointsPerSecond")
    alone, own_alone = median(theirs, "singlesPerSecond"), median(single, "pointsPerSecond")
    rows = [
        ("a batch of 1,000 points", f"{median(theirs, 'batchMilliseconds'):.0f} ms", f"{1e6 / own:.2f} ms", f"{own / rate:,.0f}×"),
        ("points a second, in batches of 1,000", f"{rate:,.0f}", f"{own:,.0f}", f"{own / rate:,.0f}×"),
        ("points a second, a transaction each", f"{alone:,.0f}", f"{own_alone:,.0f}", f"{own_alone / alone:,.0f}×"),
        ("a logged value, for the thread that trains", f"{1e3 / alone:.1f} ms", f"{median(ours, 'nanosecondsPerLoggedPoint'):.0f} ns",
         f"{1e9 / alone / median(ours, 'nanosecondsPerLoggedPoint'):,.0f}×"),
        ("bytes a point in the file", f"{median(theirs, 'bytesPerPoint'):.0f}", f"{median(ours, 'bytesPerPoint'):.1f}",
         f"{median(theirs, 'bytesPerPoint') / median(ours, 'bytesPerPoint'):.1f}×"),
    ]
    print(f"| | MLflow {mlflow_version()} on SQLite | workbench | |\n|---|---:|---:|---:|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
