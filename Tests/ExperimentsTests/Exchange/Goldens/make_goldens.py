"""Makes the files beside this one again: runs that TensorBoard, MLflow, wandb and Trackio wrote (Tests/Interop/make_imports.py)
and what they read of them themselves (Tests/Interop/read_imports.py). See README.md.

    make_goldens.py WANDB_READER     # the folder that `make interop` puts wandb 0.25 into
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INTEROP = f"{HERE}/../../../Interop"


def shrink(path):
    """Small pages, and of MLflow's hundred tables those that have rows."""
    database = sqlite3.connect(path, isolation_level=None)
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
        (count,) = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()
        if count == 0 and "mlflow" in path:
            database.execute(f'DROP TABLE "{table}"')
    (journal,) = database.execute("PRAGMA journal_mode").fetchone()
    for statement in ("journal_mode = DELETE", "page_size = 512", f"journal_mode = {journal}"):
        if statement.startswith("journal_mode = w"):
            database.execute("VACUUM")
        database.execute(f"PRAGMA {statement}").fetchall()
    database.execute("VACUUM")
    database.close()
    for ending in ("-wal", "-shm"):
        if os.path.exists(path + ending):
            os.remove(path + ending)


with tempfile.TemporaryDirectory() as place:
    made = f"{place}/made"
    subprocess.run([sys.executable, f"{INTEROP}/make_imports.py", made], check=True)
    for kind, name in (("tensorboard", "tensorboard"), ("mlflow", "mlflow.db"), ("mlflow", "mlruns"), ("wandb", "wandb"),
                       ("trackio", "trackio")):
        environment = os.environ | ({"PYTHONPATH": sys.argv[1]} if kind == "wandb" else {})
        with open(f"{HERE}/{name}.json", "w") as file:
            subprocess.run([sys.executable, f"{INTEROP}/read_imports.py", kind, f"{made}/{name}"], check=True, stdout=file,
                           env=environment)
    shrink(f"{made}/mlflow.db")
    shrink(f"{made}/trackio/digits.db")
    for name in ("tensorboard", "mlflow.db", "mlruns", "wandb", "trackio"):
        if os.path.isdir(f"{HERE}/{name}"):
            shutil.rmtree(f"{HERE}/{name}")
        shutil.move(f"{made}/{name}", f"{HERE}/{name}")
