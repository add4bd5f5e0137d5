#!/bin/bash
# How an infinite loss is spelt in a CSV decides whether its column is numbers, text or dates.
#
# One would guess: readers that take "inf" take "Infinity" and "nan" too, as Python's float() and C's strtod do.
# What happens: Polars guesses types from the first 100 rows, where it knows "inf" and "NaN" alone: "Infinity" or "nan" among them
#   makes the column text, while the same words after row 100 are read as numbers. DuckDB takes every spelling for a number beside
#   numbers, but a column of which it has seen "Infinity" alone is a DATE, infinitely far away.
# Versions: Polars 2.1.0, DuckDB 2.0.1, pandas 3.1.1 (Python 3.11).
# What follows for diffusion experiments: a run that diverges writes such words, and JSON libraries, JavaScript, Swift and Java say
#   "Infinity". In CSV write `inf`, `-inf` and `NaN`: all three read those as numbers, wherever they stand.
# Output seen:
#   inf, NaN           Polars Float64  pandas float64  DuckDB DOUBLE
#   Infinity, NaN      Polars String   pandas float64  DuckDB DOUBLE
#   inf, nan           Polars String   pandas float64  DuckDB DOUBLE
#   Infinity at row 102  Polars Float64 inf
#   Infinity alone       DuckDB DATE 9999-12-31
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1 pandas==3.1.1 polars==2.1.0
venv/bin/python - <<'PY'
import math

import duckdb, pandas, polars


def write(values):
    with open("t.csv", "w") as file:
        file.write("step,loss\n" + "".join(f"{step},{value}\n" for step, value in enumerate(values)))


wanted = {("inf", "NaN"): "Float64", ("Infinity", "NaN"): "String", ("inf", "nan"): "String"}
for words, kind in wanted.items():
    write(["0.5", words[0], words[1], "-" + words[0]])
    found = str(polars.read_csv("t.csv").schema["loss"])
    numbers = pandas.read_csv("t.csv")["loss"]
    duck = duckdb.sql("SELECT loss, typeof(loss) FROM 't.csv'").fetchall()
    print(f"{', '.join(words):18} Polars {found:8} pandas {numbers.dtype}  DuckDB {duck[0][1]}")
    assert found == kind and numbers.dtype == "float64" and duck[0][1] == "DOUBLE"
    assert duck[1][0] == math.inf and duck[3][0] == -math.inf and numbers[1] == math.inf
write(["0.5"] * 101 + ["Infinity"])
frame = polars.read_csv("t.csv")
print(f"Infinity at row 102  Polars {frame.schema['loss']} {frame['loss'][-1]}")
assert frame["loss"][-1] == math.inf
write(["Infinity", "-Infinity"])
value, kind = duckdb.sql("SELECT loss, typeof(loss) FROM 't.csv'").fetchall()[0]
print(f"Infinity alone       DuckDB {kind} {value}")
assert kind == "DATE" and str(value) == "9999-12-31"
PY
