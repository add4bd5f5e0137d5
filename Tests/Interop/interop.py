"""Exports stores in every format and has each read by the programs it is for. See README.md.

    interop.py WORKBENCH [--runs N] [--steps N] [--duckdb-sqlite FOLDER]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import hostile

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workbench", help="the program, as 'make build' leaves it")
    parser.add_argument("--runs", type=int, default=24)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument(
        "--duckdb-sqlite", help="where pip put a DuckDB that has its SQLite extension; without, it is not asked")
    parser.add_argument("--wandb-reader", help="where pip put a wandb that has a reader; without, it is not asked")
    options = parser.parse_args()
    workbench = os.path.abspath(options.workbench)

    def run(*arguments):
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def check(script, *arguments, path=""):
        environment = os.environ | ({"PYTHONPATH": path} if path else {})
        subprocess.run([sys.executable, os.path.join(HERE, script), *arguments], check=True, cwd=HERE, env=environment)

    with tempfile.TemporaryDirectory() as place:
        made_up = f"{place}/made-up"
        run(workbench, "bench", "store", "--runs", str(options.runs), "--steps", str(options.steps), "--keep", made_up)
        strange = f"{place}/strange"
        run(workbench, "bench", "store", "--runs", "6", "--steps", "20", "--keep", strange)
        hostile.spoil(strange)
        trained = f"{place}/trained"
        for name, more in (("trained", []), ("again", ["sampling.count=3"])):
            run(workbench, "run", f"{HERE}/trained.yaml", f"name={name}", *more, "--store", trained, "-o", f"{place}/r")
        hostile.annotate(trained)
        for name, store, experiments in (
            ("a made-up sweep", made_up, ["large"]), ("hostile names", strange, ["large"]),
            ("two sweeps that were trained", trained, ["trained", "again"]),
        ):
            print(f"{name}:", flush=True)
            out = f"{store}-out"
            os.mkdir(out)
            for kind, target, extra in (
                ("tensorboard", "tb", []), ("mlflow", "mlruns", []), ("capsule", "capsule.sqlite", []),
                ("csv", "long", []), ("csv", "wide", ["--layout", "wide"]), ("jsonl", "runs.jsonl", []),
            ):
                run(workbench, "export", *experiments, "--format", kind, "-o", f"{out}/{target}", "--store", store,
                    *extra)
            for verb, arguments in (
                ("runs", ["--columns", "id,label,seconds,training.ema,training.optimizer.lr,train/loss,error"]),
                ("compare", [experiments[0]]),
                ("sql", ["SELECT runId, metric, step, value FROM history ORDER BY 1, 2, 3"]),
            ):
                answer = subprocess.run([workbench, verb, *arguments, "--csv", "--store", store], check=True,
                                        stdout=subprocess.PIPE).stdout
                with open(f"{out}/{verb}.csv", "wb") as file:
                    file.write(answer)
            names = ",".join(experiments)
            check("check_tensorboard.py", store, names, f"{out}/tb")
            check("check_mlflow.py", store, names, f"{out}/mlruns")
            check("check_capsule.py", store, names, f"{out}/capsule.sqlite")
            check("check_tables.py", store, names, out)
            if options.duckdb_sqlite:
                check("check_duckdb.py", f"{store}/workbench.sqlite", f"{out}/capsule.sqlite",
                      path=options.duckdb_sqlite)
            # And back into a store of our own.
            run(workbench, "import", f"{out}/capsule.sqlite", "--store", f"{store}-back")
            run(workbench, "export", *experiments, "--format", "capsule", "-o", f"{out}/again.sqlite",
                "--store", f"{store}-back")
            with open(f"{out}/capsule.sqlite", "rb") as a, open(f"{out}/again.sqlite", "rb") as b:
                assert a.read() == b.read(), "a capsule of an imported capsule has other bytes"
            print("workbench import: a capsule of what was imported has the same bytes")
        imports(workbench, f"{place}/imports", check, options.wandb_reader)


def imports(workbench, folder, check, wandb_reader):
    """Runs that other programs wrote, imported, beside what these read of them."""
    subprocess.run([sys.executable, f"{HERE}/make_imports.py", folder], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    for kind, name, path in (
        ("tensorboard", "tensorboard", ""), ("mlflow", "mlflow.db", ""), ("mlflow", "mlruns", ""),
        ("wandb", "wandb", wandb_reader), ("trackio", "trackio", ""),
    ):
        if path is None:
            continue
        environment = os.environ | ({"PYTHONPATH": path} if path else {})
        with open(f"{folder}/{name}.json", "w") as file:
            subprocess.run([sys.executable, f"{HERE}/read_imports.py", kind, f"{folder}/{name}"], check=True, stdout=file,
                           stderr=subprocess.DEVNULL, env=environment)
        store = f"{folder}/store-{name}"
        outcomes = []
        for _ in range(2):
            answer = subprocess.run([workbench, "import", f"{folder}/{name}", "--store", store, "--json"], check=True,
                                    stdout=subprocess.PIPE).stdout
            outcomes.append({run["outcome"] for run in json.loads(answer)[0]["runs"]})
        assert outcomes == [{"new"}, {"same"}], outcomes
        check("check_imports.py", kind, store, f"{folder}/{name}.json", *(["--database"] if name.endswith(".db") else []))


if __name__ == "__main__":
    main()
