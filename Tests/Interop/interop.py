"""Exports stores in every format and has each read by the programs it is for. See README.md.

    interop.py WORKBENCH [--runs N] [--steps N]
"""

import argparse
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
    options = parser.parse_args()
    workbench = os.path.abspath(options.workbench)

    def run(*arguments):
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def check(script, *arguments):
        subprocess.run([sys.executable, os.path.join(HERE, script), *arguments], check=True, cwd=HERE)

    with tempfile.TemporaryDirectory() as place:
        made_up = f"{place}/made-up"
        run(workbench, "bench", "store", "--runs", str(options.runs), "--steps", str(options.steps), "--keep", made_up)
        strange = f"{place}/strange"
        run(workbench, "bench", "store", "--runs", "6", "--steps", "20", "--keep", strange)
        hostile.spoil(strange)
        for name, store in (("a made-up sweep", made_up), ("hostile names", strange)):
            print(f"{name}:")
            experiment = "large"
            out = f"{store}-out"
            os.mkdir(out)
            for kind, target, extra in (
                ("tensorboard", "tb", []), ("mlflow", "mlruns", []), ("capsule", "capsule.sqlite", []),
                ("csv", "long", []), ("csv", "wide", ["--layout", "wide"]), ("jsonl", "runs.jsonl", []),
            ):
                run(workbench, "export", experiment, "--format", kind, "-o", f"{out}/{target}", "--store", store, *extra)
            check("check_tensorboard.py", store, experiment, f"{out}/tb")
            check("check_mlflow.py", store, experiment, f"{out}/mlruns")
            check("check_capsule.py", store, experiment, f"{out}/capsule.sqlite")
            check("check_tables.py", store, experiment, f"{out}/long", f"{out}/wide", f"{out}/runs.jsonl")
            # And back into a store of our own.
            run(workbench, "import", f"{out}/capsule.sqlite", "--store", f"{store}-back")
            run(workbench, "export", experiment, "--format", "capsule", "-o", f"{out}/again.sqlite",
                "--store", f"{store}-back")
            with open(f"{out}/capsule.sqlite", "rb") as a, open(f"{out}/again.sqlite", "rb") as b:
                assert a.read() == b.read(), "a capsule of an imported capsule has other bytes"
            print("workbench import: a capsule of what was imported has the same bytes")


if __name__ == "__main__":
    main()
