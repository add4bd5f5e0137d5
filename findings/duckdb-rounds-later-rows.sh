#!/bin/bash
# DuckDB rounds a CSV's losses to whole numbers when its first 20,480 rows hold whole numbers.
#
# One would guess: a column that is not what its first rows promised is an error (as in Polars) or is read as floats (as in
#   pandas). For text after numbers DuckDB does say "Conversion Error".
# What happens: read_csv looks at the first 20,480 rows. If a column holds whole numbers there, it is BIGINT, and what follows is
#   rounded without a word: 0.4 becomes 0, 1.5 becomes 2, and a loss of 0.031 is 0. `inf` later in the file, though, is an error.
# Versions: DuckDB 2.0.1 and 1.5.5 (Python 3.11), with pandas 3.1.1 and Polars 2.1.0 beside them.
# What follows for diffusion experiments: tables "step, metric, value" often begin with counters (images seen, bytes, epochs), and the
#   losses after them come out as 0. Write a decimal point into every number of a column that may hold fractions (1.0, not 1), or
#   read with `sample_size = -1`, or name the types.
# Output seen:
#   DuckDB 2.0.1: BIGINT, the last three: [0, 2, 0]
#   DuckDB 2.0.1, every number with a point: DOUBLE, the last three: [0.4, 1.5, 0.031]
#   DuckDB 2.0.1, sample_size = -1: DOUBLE, the last three: [0.4, 1.5, 0.031]
#   pandas: float64, the last three: [0.4, 1.5, 0.031]
#   Polars: could not parse `0.4` as dtype `i64` at column 'value' (column number 2)
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1 pandas==3.1.1 polars==2.1.0
venv/bin/python - <<'PY'
import duckdb, pandas, polars

late = [0.4, 1.5, 0.031]
for name, counter in (("counters.csv", "1"), ("points.csv", "1.0")):
    with open(name, "w") as file:
        file.write("step,value\n" + "".join(f"{step},{counter}\n" for step in range(20_480)))
        file.write("".join(f"{20_480 + place},{value}\n" for place, value in enumerate(late)))


def look(title, query):
    kind = duckdb.sql(f"SELECT typeof(value) FROM {query} LIMIT 1").fetchall()[0][0]
    values = [row[0] for row in duckdb.sql(f"SELECT value FROM {query} WHERE step >= 20480 ORDER BY step").fetchall()]
    print(f"DuckDB {duckdb.__version__}{title}: {kind}, the last three: {values}")
    return kind, values


assert look("", "'counters.csv'") == ("BIGINT", [0, 2, 0])
assert look(", every number with a point", "'points.csv'") == ("DOUBLE", late)
assert look(", sample_size = -1", "read_csv('counters.csv', sample_size = -1)") == ("DOUBLE", late)
values = pandas.read_csv("counters.csv")["value"]
print(f"pandas: {values.dtype}, the last three: {values.tolist()[-3:]}")
assert values.tolist()[-3:] == late
try:
    polars.read_csv("counters.csv")
    raise SystemExit("Polars read it")
except polars.exceptions.ComputeError as error:
    print("Polars:", str(error).splitlines()[0])
PY
