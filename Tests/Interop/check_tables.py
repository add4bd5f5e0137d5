"""csv, json, pandas, Polars and DuckDB on the tables, as each guesses by itself: check_tables.py STORE EXPERIMENTS FOLDER"""

import csv
import json
import math
import sys

import duckdb
import pandas
import polars

from store import Store, same, same_points

csv.field_size_limit(1 << 30)


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def rows_of(table):
    """A data frame's rows with None for what is not there."""
    return table.astype(object).where(table.notna(), None).values.tolist()


def readers(path, begins_empty=False):
    """What each reader makes of a file by its defaults: (name, types by column, rows); text, number or nothing.

    Columns that begin with more empty cells than a reader looks at need a word, as docs/exchange.md says.
    """
    frame = pandas.read_csv(path)
    kinds = {name: "number" if frame[name].dtype.kind in "if" else "text" for name in frame}
    yield "pandas", kinds, rows_of(frame)
    frame = polars.read_csv(path, **({"infer_schema_length": None} if begins_empty else {}))
    kinds = {name.replace('""', '"'): "number" if kind.is_numeric() else "text" for name, kind in frame.schema.items()}
    yield "Polars", kinds, [list(row) for row in frame.iter_rows()]
    relation = duckdb.sql(f"SELECT * FROM read_csv('{path}'{', sample_size = -1' if begins_empty else ''})")
    numbers = {"BIGINT", "DOUBLE", "HUGEINT"}
    kinds = {name: "number" if str(kind) in numbers else "text" for name, kind in zip(relation.columns, relation.types)}
    yield "DuckDB", kinds, [list(row) for row in relation.fetchall()]


def check_verbs(folder):
    """'sql --csv' without a word about types: every value is the one that the long table has."""
    with open(f"{folder}/sql.csv", newline="", encoding="utf-8") as file:
        expected = [[run, metric, int(step), float(value) if value else None]
                    for run, metric, step, value in list(csv.reader(file, strict=True))[1:]]
    for name, kinds, rows in readers(f"{folder}/sql.csv"):
        assert [kinds[key] for key in ("step", "value")] == ["number"] * 2, (name, kinds)
        assert len(rows) == len(expected), (name, len(rows))
        for row, wanted in zip(rows, expected):
            value = None if row[3] is None or isinstance(row[3], float) and math.isnan(row[3]) else row[3]
            assert row[2] == wanted[2] and value == wanted[3], (name, row, wanted)
    for verb in ("runs", "compare"):
        with open(f"{folder}/{verb}.csv", newline="", encoding="utf-8") as file:
            records = list(csv.reader(file, strict=True))
        for name, kinds, rows in readers(f"{folder}/{verb}.csv"):
            assert len(rows) == len(records) - 1 and len(kinds) == len(records[0]), (verb, name)
    return len(expected)


def check_runs(path, store, runs):
    """Settings that are numbers or none are numbers to every reader, and each has its own value."""
    swept = sorted(set().union(*(store.swept(run) for run in runs)))
    for name, kinds, rows in readers(path):
        columns = list(kinds)
        assert len(rows) == len(runs), (name, len(rows))
        for setting in swept:
            column = f"param:{setting}"
            values = {run: store.parameters(run).get(setting, (None,))[0] for run in runs}
            known = [value for value in values.values() if value is not None]
            numeric = bool(known) and all(isinstance(value, (int, float)) and not isinstance(value, bool)
                                          for value in known)
            if not numeric:
                continue
            assert kinds[column] == "number", (name, column, kinds[column])
            for row in rows:
                found, wanted = row[columns.index(column)], values[row[columns.index("id")]]
                assert found == wanted, (name, column, found, wanted)


def main(folder, experiments, out):
    long, wide, lines = f"{out}/long", f"{out}/wide", f"{out}/runs.jsonl"
    store = Store(folder)
    runs = {}
    for experiment in experiments.split(","):
        runs |= store.runs(experiment)
    expected = {run: store.points(run) for run in runs}
    points = sum(len(series) for run in expected.values() for series in run.values())

    for path in (long, wide):
        rows = read(f"{path}/runs.csv")
        assert {row["id"] for row in rows} == set(runs) and len(rows) == len(runs)
    check_runs(f"{long}/runs.csv", store, runs)

    # Names are told apart by their place: hostile ones are changed on the way.
    for name, kinds, rows in readers(f"{long}/history.csv"):
        assert kinds["step"] == kinds["value"] == "number", (name, kinds)
        columns = list(kinds)
        run, metric, step, value = (columns.index(key) for key in ("runId", "metric", "step", "value"))
        found = {}
        for row in rows:
            number = math.nan if row[value] is None else row[value]
            found.setdefault(row[run], {}).setdefault(row[metric], []).append((row[step], number))
        for key, series in expected.items():
            read_series = sorted(found.get(key, {}).values(), key=repr)
            wanted = sorted(series.values(), key=repr)
            assert len(read_series) == len(wanted), (name, key)
            assert all(same_points(a, b) for a, b in zip(read_series, wanted)), (name, key)
        assert len(rows) == points, (name, len(rows), points)

    metrics = len({metric for series in expected.values() for metric in series})
    for name, kinds, rows in readers(f"{wide}/history.csv", begins_empty=True):
        assert list(kinds.values())[3:] == ["number"] * (metrics + 1), (name, kinds)
        read_points = sum(1 for row in rows for value in row[4:]
                          if value is not None and not (isinstance(value, float) and math.isnan(value)))
        wanted = sum(1 for series in expected.values() for values in series.values() for _, value in values
                     if not math.isnan(value))
        assert read_points == wanted, (name, read_points, wanted)

    found = {}
    with open(lines, encoding="utf-8") as file:
        for line in file:
            item = json.loads(line, parse_constant=lambda text: sys.exit(f"{text} is no JSON"))
            if item["kind"] == "run":
                assert item["id"] in runs
            if item["kind"] == "history":
                found.setdefault(item["runId"], {})[item["metric"]] = [
                    (step, float(value)) for step, value in zip(item["steps"], item["values"], strict=True)
                ]
    for run, series in expected.items():
        assert set(found.get(run, {})) == set(series), run
        assert all(same_points(found[run][metric], series[metric]) for metric in series), run
    # The same through DuckDB, whose casts know what the strings mean.
    answer = duckdb.sql(
        f"""SELECT runId, metric, unnest(steps) AS step, unnest(CAST("values" AS DOUBLE[])) AS value
            FROM read_json('{lines}', format = 'newline_delimited', maximum_object_size = {1 << 26},
                           columns = {{kind: 'VARCHAR', runId: 'VARCHAR', metric: 'VARCHAR', steps: 'BIGINT[]',
                                      "values": 'VARCHAR[]'}})
            WHERE kind = 'history'""").fetchall()
    assert len(answer) == points, (len(answer), points)
    assert sorted(map(repr, answer)) == sorted(
        repr((run, metric, step, value)) for run, series in expected.items() for metric, values in series.items()
        for step, value in values)
    answered = check_verbs(out)
    print(f"csv, json, pandas {pandas.__version__}, Polars {polars.__version__}, DuckDB {duckdb.__version__}: "
          f"{len(runs)} runs, {points:,} points equal in three tables, {answered:,} in 'sql --csv'")


if __name__ == "__main__":
    main(*sys.argv[1:])
