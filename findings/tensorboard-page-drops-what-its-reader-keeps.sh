#!/bin/bash
# A resumed run's curve has other points in TensorBoard's page than in TensorBoard's Python reader.
#
# One would guess: `EventAccumulator`, which scripts read event files with, gives the points that the page draws.
# What happens: where steps go back, as after a resume from a checkpoint, the page's loader (the data server, the default) drops what
#   had been logged at those steps and beyond. The Python reader keeps all of it, since files of the second version are to say
#   `SessionLog.START` where they mean that; the page with --load_fast=false keeps it even then. The last value of a run that was resumed and
#   has not caught up yet is then the old one in one place and the new one in the other.
# Version: TensorBoard 2.21.0, its data server 0.7.2, tensorboardX 2.6.5 (Python 3.11).
# What follows for diffusion experiments: give the writer of a resumed run `purge_step`, the step of its checkpoint: then the page and
#   the reader take back the same points.
# Output seen:
#   reader:            [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 13.0, 14.0], last step 5: 5.0
#   page:              [0.0, 1.0, 2.0, 13.0, 14.0], last step 4: 14.0
#   page, slow loader: [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 13.0, 14.0], last step 5: 5.0
#   with purge_step:   [0.0, 1.0, 2.0, 13.0, 14.0] in the reader and the page
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tensorboard==2.21.0 tensorboard-data-server==0.7.2 tensorboardX==2.6.5
venv/bin/python -W ignore - 2>/dev/null <<'PY'
import json, os, socket, subprocess, sys, time, urllib.request

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboardX import SummaryWriter


def write(folder, **resumed):
    for first, last, offset, options in ((0, 6, 0, {}), (3, 5, 10, resumed)):
        with SummaryWriter(f"{folder}/run", **options) as writer:
            for step in range(first, last):
                writer.add_scalar("loss", step + offset, step)
        time.sleep(1.1)  # The second file's name is another.


def reader(folder):
    events = EventAccumulator(f"{folder}/run")
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars("loss")]


def page(folder, fast):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [f"{os.path.dirname(sys.executable)}/tensorboard", "--logdir", folder, "--port", str(port), "--load_fast", fast],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(60):
            time.sleep(1)
            try:
                url = f"http://127.0.0.1:{port}/data/plugin/scalars/scalars?run=run&tag=loss"
                return [(step, value) for _, step, value in json.load(urllib.request.urlopen(url))]
            except OSError:
                pass
    finally:
        server.terminate()


write("plain")
write("purged", purge_step=3)
whole, cut = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 13.0, 14.0], [0.0, 1.0, 2.0, 13.0, 14.0]
for title, read, wanted in (
    ("reader:           ", reader, whole), ("page:             ", lambda folder: page(folder, "true"), cut),
    ("page, slow loader:", lambda folder: page(folder, "false"), whole),
):
    points = read("plain")
    last = max(points, key=lambda point: point[0])
    print(f"{title} {[value for _, value in points]}, last step {last[0]}: {last[1]}")
    assert [value for _, value in points] == wanted
for read in (reader, lambda folder: page(folder, "true")):
    assert [value for _, value in read("purged")] == cut
print(f"with purge_step:   {cut} in the reader and the page")
PY
