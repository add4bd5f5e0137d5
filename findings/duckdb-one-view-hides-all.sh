#!/bin/bash
# One view that DuckDB cannot parse hides every table of an SQLite file from SHOW TABLES.
#
# One would guess: a view that one does not ask for is nobody's concern, as in sqlite3 and Datasette.
# What happens: DuckDB's SQLite extension parses the definition of each view, by DuckDB's grammar, when it lists an attached file.
#   SQLite takes `FROM attempt JOIN json_each(attempt.environment) WHERE …`, a JOIN without a condition; DuckDB does not, and
#   SHOW TABLES, information_schema and every browser on top of them fail. Tables that are asked for by name still answer.
#   With CROSS JOIN all is well; what json_each gives is then of type JSON, so that texts come in quotes.
# Versions: DuckDB 1.5.5 with duckdb-extension-sqlite-scanner 1.5.5 (the newest on PyPI), SQLite as Python has it (3.11).
# What follows for diffusion experiments: run stores in SQLite (MLflow's, Optuna's, one's own) are read with DuckDB for its speed.
#   A store that ships views should have them parsed by both.
# Output seen:
#   JOIN: SHOW TABLES fails (Parser Error: syntax error at or near "WHERE"), run has 1 row
#   CROSS JOIN: SHOW TABLES gives ['attempt', 'environment', 'run'], environment has ('a', 'host', '"me"')
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check duckdb==1.5.5 duckdb-extensions==1.5.5 duckdb-extension-sqlite-scanner==1.5.5
venv/bin/python - <<'PY'
import sqlite3

import duckdb
from duckdb_extensions import import_extension

import_extension("sqlite_scanner")


def look(join):
    file = f"{len(join)}.sqlite"
    own = sqlite3.connect(file)
    own.executescript(f"""
        CREATE TABLE run (id TEXT); INSERT INTO run VALUES ('a');
        CREATE TABLE attempt (runId TEXT, environment TEXT); INSERT INTO attempt VALUES ('a', '{{"host": "me"}}');
        CREATE VIEW environment AS SELECT runId, entry.key, entry.value
          FROM attempt {join} json_each(attempt.environment) AS entry WHERE runId <> '';
    """)
    assert own.execute("SELECT * FROM environment").fetchall() == [("a", "host", "me")]
    own.close()
    connection = duckdb.connect()
    connection.execute(f"LOAD sqlite_scanner; ATTACH '{file}' AS store (TYPE sqlite, READ_ONLY); USE store")
    return connection


connection = look("JOIN")
rows = len(connection.execute("SELECT * FROM run").fetchall())
try:
    connection.execute("SHOW TABLES")
    raise SystemExit("it lists them")
except duckdb.ParserException as error:
    problem = str(error).splitlines()[0]
print(f"JOIN: SHOW TABLES fails ({problem}), run has {rows} row")
assert rows == 1 and 'near "WHERE"' in problem
connection = look("CROSS JOIN")
tables = [row[0] for row in connection.execute("SHOW TABLES").fetchall()]
row = connection.execute("SELECT * FROM environment").fetchone()
print(f"CROSS JOIN: SHOW TABLES gives {tables}, environment has {row}")
assert tables == ["attempt", "environment", "run"] and row == ("a", "host", '"me"')
PY
