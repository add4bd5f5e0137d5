"""DuckDB's SQLite extension on a store and a capsule, beside sqlite3: check_duckdb.py FILE…"""

import json
import math
import sqlite3
import sys

import duckdb
from duckdb_extensions import import_extension


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return a == b or math.isnan(a) and math.isnan(b)
    return a == b


def check(path):
    own = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    views = [row[0] for row in own.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
    tables = [row[0] for row in own.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    connection = duckdb.connect()
    connection.execute(f"LOAD sqlite_scanner; ATTACH '{path}' AS store (TYPE sqlite, READ_ONLY); USE store")
    listed = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    assert listed == {*views, *tables}, listed ^ {*views, *tables}
    columns = connection.execute(
        "SELECT count(*) FROM information_schema.columns WHERE table_catalog = 'store'").fetchone()[0]
    assert columns > len(listed)
    rows = 0
    for view in views:
        expected = own.execute(f"SELECT * FROM {view}").fetchall()
        found = connection.execute(f"SELECT * FROM {view}").fetchall()
        if view == "environment":
            # What json_each gives is JSON there.
            found = [(*row[:3], json.loads(row[3])) for row in found]
            texts = connection.execute("SELECT runId, attempt, key, value ->> '$' FROM environment").fetchall()
            assert sorted(texts) == sorted(expected)
        key = repr
        found, expected = sorted(found, key=key), sorted(expected, key=key)
        assert len(found) == len(expected), (view, len(found), len(expected))
        for a, b in zip(found, expected):
            assert len(a) == len(b) and all(map(same, a, b)), (view, a, b)
        rows += len(found)
    return len(views), rows


for path in sys.argv[1:]:
    views, rows = check(path)
    print(f"DuckDB {duckdb.__version__}, {path.rsplit('/', 1)[1]}: {views} views listed, {rows:,} rows equal")
