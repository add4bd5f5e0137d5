#!/usr/bin/env bash
# diffusers 0.42.1: the scheduler_config.json that DPM-Solver's schedulers save is not JSON.
#
# One would guess that a file called .json, which the library itself writes with its defaults, is read by any JSON reader.
# What happens: DPMSolverMultistepScheduler, DPMSolverSinglestepScheduler and SASolverScheduler save
# "lambda_min_clipped": -Infinity, a word that RFC 8259 does not have. Python's json reads it back; a reader that keeps to
# the standard refuses the whole file. DDIM's file has no such word.
# What follows: whoever reads pipelines with another language's JSON reader finds those of DPM-Solver broken, and should
# take -Infinity, Infinity and NaN for numbers. The workbench does.
#
# Output seen:
#   DDIMScheduler                is JSON
#   DPMSolverMultistepScheduler  is not JSON: -Infinity
#   DPMSolverSinglestepScheduler is not JSON: -Infinity
#   SASolverScheduler            is not JSON: -Infinity
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1 scipy numpy
cat > "$place/try.py" <<'PYTHON'
import json
import pathlib
import sys

import diffusers


class NotJSON(Exception):
    pass


def refuse(word):
    raise NotJSON(word)


found = {}
for name in [
    "DDIMScheduler", "DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "SASolverScheduler",
]:
    folder = pathlib.Path(sys.argv[1]) / name
    getattr(diffusers, name)().save_pretrained(folder)
    try:
        # Python's reader takes the words unless it is told not to.
        json.loads((folder / "scheduler_config.json").read_text(), parse_constant=refuse)
        found[name] = "is JSON"
    except NotJSON as error:
        found[name] = f"is not JSON: {error}"
    print(f"{name:<28} {found[name]}")
assert found.pop("DDIMScheduler") == "is JSON"
assert set(found.values()) == {"is not JSON: -Infinity"}
PYTHON
"$place/venv/bin/python" "$place/try.py" "$place"
