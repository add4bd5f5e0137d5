#!/bin/bash
# TensorBoard that is told to keep all points of its curves shows none.
#
# One would guess: `--samples_per_plugin scalars=0` keeps all: the help of earlier versions said so ("0 means keep all samples"),
#   and the loader still takes it so (the data server is started with `scalars=all`).
# What happens: the page's plugins take the same 0 for the number of points to send, and send none. Runs and charts are there,
#   their curves are empty and nothing is said, in both tabs and with either loader. Without the flag a curve has 1,000 points,
#   taken at random.
# Version: TensorBoard 2.21.0, its data server 0.7.2, tensorboardX 2.6.5 (Python 3.11).
# What follows for diffusion experiments: name a number that no run reaches, `--samples_per_plugin scalars=1000000`.
# Output seen:
#   by default:     1000 of 2000 points in TIME SERIES, 1000 in SCALARS
#   scalars=0:         0 of 2000 points in TIME SERIES,    0 in SCALARS
#   0, slow loader:    0 of 2000 points in TIME SERIES,    0 in SCALARS
#   a million:      2000 of 2000 points in TIME SERIES, 2000 in SCALARS
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tensorboard==2.21.0 tensorboard-data-server==0.7.2 tensorboardX==2.6.5 setuptools==80.9.0
venv/bin/python -W ignore - 2>/dev/null <<'PY'
import json, os, socket, subprocess, sys, time, urllib.parse, urllib.request

from tensorboardX import SummaryWriter

with SummaryWriter("logs/run") as writer:
    for step in range(2000):
        writer.add_scalar("loss", 1 / (1 + step), step)


def shown(*arguments):
    """The numbers of points that the two tabs get, once the run is loaded."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = f"http://127.0.0.1:{port}/data/plugin"
    server = subprocess.Popen(
        [f"{os.path.dirname(sys.executable)}/tensorboard", "--logdir", "logs", "--port", str(port), *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    asked = urllib.parse.urlencode({"requests": json.dumps([{"plugin": "scalars", "tag": "loss"}])}).encode()
    try:
        for _ in range(60):
            time.sleep(1)
            try:
                if "run" not in json.load(urllib.request.urlopen(f"{page}/scalars/tags")):
                    continue
                time.sleep(3)
                series = json.load(urllib.request.urlopen(f"{page}/timeseries/timeSeries", asked))[0]["runToSeries"]
                return len(series["run"]), len(json.load(urllib.request.urlopen(f"{page}/scalars/scalars?run=run&tag=loss")))
            except OSError:
                pass
    finally:
        server.terminate()
        server.wait()


for title, arguments, wanted in (
    ("by default:    ", [], 1000),
    ("scalars=0:     ", ["--samples_per_plugin", "scalars=0"], 0),
    ("0, slow loader:", ["--samples_per_plugin", "scalars=0", "--load_fast", "false"], 0),
    ("a million:     ", ["--samples_per_plugin", "scalars=1000000"], 2000),
):
    series, scalars = shown(*arguments)
    print(f"{title} {series:4} of 2000 points in TIME SERIES, {scalars:4} in SCALARS")
    assert (series, scalars) == (wanted, wanted)
PY
