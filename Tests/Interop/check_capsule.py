"""sqlite3 and Datasette on a capsule: check_capsule.py STORE EXPERIMENTS FILE"""

import asyncio
import sqlite3
import sys

from datasette.app import Datasette

from store import Store, same_points

VIEWS = ("runs", "params", "metrics", "history", "images", "artifacts", "tags", "notes", "environment", "pins",
         "deletions", "rounds", "prunings")


def check_sqlite(store, experiments, path):
    capsule = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    assert capsule.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert capsule.execute("PRAGMA foreign_key_check").fetchone() is None
    runs = {}
    for experiment in experiments:
        runs |= store.runs(experiment)
    found = [row[0] for row in capsule.execute("SELECT id FROM runs")]
    assert set(found) >= set(runs), (len(found), len(runs))
    points = 0
    for run in runs:
        expected = store.points(run)
        read = {}
        for metric, step, value in capsule.execute(
            "SELECT metric, step, value FROM history WHERE runId = ? ORDER BY metric, step", (run,)
        ):
            read.setdefault(metric, []).append((step, float("nan") if value is None else value))
        assert set(read) == set(expected), set(read) ^ set(expected)
        assert all(same_points(read[metric], expected[metric]) for metric in read), run
        points += sum(map(len, read.values()))
    own = {tuple(row) for row in store.db.execute("SELECT * FROM environment") if row[0] in set(found)}
    assert set(capsule.execute("SELECT * FROM environment")) == own
    print(f"sqlite3: {len(found)} runs, {points:,} points equal")
    return len(found)


async def check_datasette(path, runs):
    datasette = Datasette(files=[], immutables=[path], settings={"num_sql_threads": 1})
    await datasette.invoke_startup()
    name = next(name for name in datasette.databases if name != "_internal")
    index = await datasette.client.get("/.json")
    assert index.status_code == 200
    for view in VIEWS:
        page = await datasette.client.get(f"/{name}/{view}")
        assert page.status_code == 200, (view, page.status_code, page.text[:300])
        rows = (await datasette.client.get(f"/{name}/{view}.json?_shape=objects&_size=5")).json()
        assert rows["ok"] if "ok" in rows else "rows" in rows, (view, rows)
    answer = (
        await datasette.client.get(
            f"/{name}.json?sql=select+count(*)+as+n+from+runs&_shape=objects"
        )
    ).json()
    assert answer["rows"][0]["n"] == runs, answer
    print(f"Datasette: {len(VIEWS)} views of '{name}', {runs} runs")


def main(folder, experiments, path):
    runs = check_sqlite(Store(folder), experiments.split(","), path)
    asyncio.run(check_datasette(path, runs))


if __name__ == "__main__":
    main(*sys.argv[1:])
