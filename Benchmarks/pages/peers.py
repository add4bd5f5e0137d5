"""From opening a page to all curves of 50 runs × 2,000 steps: `workbench serve`, MLflow's page and TensorBoard's.

    peers.py [--workbench PATH] [--rounds N] [--only NAME …] [--pictures FOLDER]

One store is made (`workbench bench store`), exported as event files and into MLflow's SQLite database, and served by all
three on loopback, each on every core that the machine has. Every server has its data before the first page is opened, and
each page is opened once beforehand, since servers keep what they have made; how long that took is printed. Then, in
alternation, each page is opened in a new profile of a headless Chromium (`cold`: nothing in its cache) and once more in the
same profile (`warm`); the order turns by one place each round. Needs Python with `mlflow` and `tensorboard`
(`make bench-page`).

What is opened:

    workbench, plot     the page of one plot with a curve a run
    workbench, charts   the page with all charts; this store has one metric, and the chart of it is a band a setting
    MLflow              the experiment's runs as charts, with all runs visible; its page would show ten
    TensorBoard         TIME SERIES. Its page draws with WebGL, which a machine without a graphics processor computes on its
                        cores, and with SVG where there is none or `?forceSVG` is in the address: both are measured. So are
                        all points (`--samples_per_plugin scalars=2000`) and the 1,000 of each curve that it takes by default

What each page needs to know to show all runs is put into its local storage before its first script runs, and counts nothing.

When a page has drawn, one rule for all: a script that begins before the page's own looks at each frame at what draws the
curves (pictures and whether they are loaded, the paths of an SVG, the pixels of a canvas). At each change it puts a small
mark into the page; the mark's Element Timing entry says when the frame that has the change was on the screen, rasterised and
all, counted from the start of the navigation. The page has drawn with the last such frame, once all is there (the pictures
are loaded, the paths of 50 curves have points, or the data have come and the canvas is not empty) and nothing has changed for
a second. Two screenshots a second apart afterwards are to be equal; where they are not, that is said. When the last such frame
began is printed too: what lies between is the browser's painting, which a graphics processor would make shorter. Looking at
a canvas costs TensorBoard's page 1 or 2 ms a frame, the other looks less. A headless browser puts off what it has to show
while nobody looks, of TensorBoard's page by 2 s and more; so one pixel of the window is asked for after each change, of every
page.

How many curves and points each page gets is printed: MLflow sends 320 points of each, TensorBoard what it is told to, and the
workbench what its picture can show, the lowest and the highest value of each column of pixels.
"""

import argparse
import base64
import contextlib
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from importlib.metadata import version

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bench import ROOT, workbench_at  # noqa: E402
from webdriver import Browser, free_port  # noqa: E402

RUNS, STEPS, METRIC = 50, 2000, "train/loss"
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


# ---- Servers ----

def get(address, body=None):
    request = urllib.request.Request(address, data=None if body is None else body.encode(),
                                     headers={} if body is None else {"Content-Type": "application/x-www-form-urlencoded"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def wait(condition, what, seconds=180):
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, ValueError, KeyError):
            value = condition()
            if value:
                return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.2)


@contextlib.contextmanager
def server(folder, *command, output=subprocess.DEVNULL):
    """A program and all its workers, which end together."""
    process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.DEVNULL, text=True,
                               env={**os.environ, **QUIET}, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def python_program(name):
    return str(pathlib.Path(sys.executable).parent / name)


@contextlib.contextmanager
def workbench_server(options, folder):
    with server(folder, options.workbench, "serve", "--port", "0", output=subprocess.PIPE) as process:
        yield process.stdout.readline().strip().rstrip("/")


@contextlib.contextmanager
def mlflow_server(folder):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with server(folder, python_program("mlflow"), "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
                "--default-artifact-root", f"{folder}/artifacts", "--host", "127.0.0.1", "--port", str(port)):
        wait(lambda: get(address + "/health"), "MLflow")
        yield address


@contextlib.contextmanager
def tensorboard_server(folder, *arguments):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with server(folder, python_program("tensorboard"), "--logdir", "events", "--host", "127.0.0.1", "--port", str(port),
                *arguments):
        seen = []

        def loaded():
            """All runs are there, and no point has come since the last look."""
            seen.append(sum(tensorboard_points(address)))
            return len(tensorboard_points(address)) == RUNS and len(seen) > 5 and len(set(seen[-5:])) == 1
        wait(loaded, "TensorBoard")
        yield address


def tensorboard_points(address):
    """The number of points of each run that the page gets."""
    request = urllib.parse.urlencode({"requests": json.dumps([{"plugin": "scalars", "tag": METRIC}])})
    answer = json.loads(get(address + "/experiment/defaultExperimentId/data/plugin/timeseries/timeSeries", request))
    return [len(points) for points in answer[0]["runToSeries"].values()]


# ---- Pages ----

class Page:
    """A page to open, what draws its curves there (JavaScript), and what has to be in its local storage."""

    def __init__(self, name, address, drawing, stored=None):
        self.name, self.address, self.drawing, self.stored = name, address, drawing, stored or {}
        self.cold, self.warm, self.begun, self.curves, self.first, self.unstill = [], [], [], [], None, 0


# Each gives what there is to see now and a function that says whether that is all. Of a path the length of its text is looked
# at, of a canvas a hash of its pixels.
PICTURES = """() => {
  const images = [...document.querySelectorAll('main img')];
  return [images.map((image) => [image.src, image.complete, image.naturalWidth].join()).join(';'),
          () => images.length > 0 && images.every((image) => image.complete && image.naturalWidth)];
}"""

# Each selector's paths: Plotly draws a curve twice alike, TensorBoard once as it is and once smoothed.
PATHS = """() => {
  const texts = [...document.querySelectorAll('SELECTOR')].map((path) => path.getAttribute('d') ?? '');
  return [texts.map((text) => text.length).join(),
          () => new Set(texts.filter((text) => text.length > 1000)).size >= DIFFERENT];
}"""
MLFLOW_PATHS = PATHS.replace("SELECTOR", ".scatterlayer path.js-line").replace("DIFFERENT", str(RUNS))
TENSORBOARD_PATHS = PATHS.replace("SELECTOR", "line-chart svg path").replace("DIFFERENT", str(2 * RUNS))

TENSORBOARD_CANVAS = """() => {
  const canvas = document.querySelector('line-chart canvas');
  if (!canvas || !canvas.width) return ['', () => false];
  const copy = window.peers.copy ??= new OffscreenCanvas(1, 1);
  if (copy.width !== canvas.width || copy.height !== canvas.height) [copy.width, copy.height] = [canvas.width, canvas.height];
  const context = copy.getContext('2d', {willReadFrequently: true});
  context.clearRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  let hash = 0, inked = 0;
  for (const pixel of new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer)) {
    hash = (Math.imul(hash, 31) + pixel) | 0;
    inked += pixel !== 0;
  }
  return [hash + ',' + inked, () => inked > 1000 && performance.getEntriesByType('resource').some(
    (entry) => entry.name.endsWith('/timeSeries') && entry.responseEnd)];
}"""

# What runs before the page's own scripts. It keeps in `peers` when a mark of each change was on the screen.
LOOK = """
for (const [key, value] of Object.entries(STORED)) localStorage.setItem(key, value);
window.peers = {state: '', complete: false, changes: 0, at: 0, shown: {}};
(() => {
  const drawing = DRAWING;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) peers.shown[entry.identifier] = entry.renderTime;
  }).observe({type: 'element', buffered: true});
  const frame = () => {
    if (peers.complete && performance.now() - peers.at > 1000) return;
    requestAnimationFrame(frame);
    if (!document.body) return;
    const [state, isAll] = drawing();
    if (state === peers.state && peers.complete) return;
    const complete = isAll();
    if (state === peers.state && complete === peers.complete) return;
    Object.assign(peers, {state, complete, changes: peers.changes + 1, at: performance.now()});
    document.querySelector('[elementtiming]')?.remove();
    const mark = document.createElement('span');
    mark.textContent = 'x';
    mark.setAttribute('elementtiming', peers.changes);
    mark.style.cssText = 'position: fixed; right: 2px; bottom: 2px; font: 6px sans-serif; color: #888; z-index: 2147483647';
    document.body.append(mark);
  };
  requestAnimationFrame(frame);
})();
"""

NEWS = """
const [seen, done] = arguments;
const look = () => {
  if (peers.changes > seen || (peers.complete && performance.now() - peers.at > 1000)) {
    done([peers.changes, peers.at, peers.complete, peers.shown[peers.changes] ?? null]);
  } else {
    setTimeout(look, 4);
  }
};
look();
"""


@contextlib.contextmanager
def opened(page):
    """A new profile of the browser with the page, when it had drawn and when the last frame began."""
    browser = Browser(width=1400, height=1000)
    try:
        browser.of("POST", "/timeouts", {"script": 55_000})
        script = LOOK.replace("STORED", json.dumps(page.stored)).replace("DRAWING", page.drawing)
        chromium(browser, "Page.addScriptToEvaluateOnNewDocument", source=script)
        yield browser, drawn(browser, page)
    finally:
        browser.close()


def chromium(browser, command, **parameters):
    """A command of Chromium's own protocol."""
    return browser.of("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})


def drawn(browser, page):
    browser.open(page.address)
    seen = 0
    while True:
        changes, changed, complete, shown = browser.run_async(NEWS, seen)
        if changes == seen and shown:
            break
        seen = changes
        chromium(browser, "Page.captureScreenshot", clip={"x": 0, "y": 0, "width": 1, "height": 1, "scale": 1})
    assert complete and shown > changed - 20, (page.name, shown, changed)  # The frame of the change, not one before.
    return shown, changed


def measure(page, pictures):
    with opened(page) as (browser, (cold, begun)):
        page.cold.append(cold)
        page.begun.append(begun)
        browser.open("about:blank")
        page.warm.append(drawn(browser, page)[0])
        first = screenshot(browser)
        time.sleep(1)
        if screenshot(browser) != first:
            page.unstill += 1
        if pictures:
            name = re.sub(r"\W+", "-", page.name).strip("-").lower()
            (pathlib.Path(pictures) / f"{name}.png").write_bytes(first)


def screenshot(browser):
    browser.run("document.querySelector('[elementtiming]')?.remove()")
    return base64.b64decode(browser.of("GET", "/screenshot"))


# ---- The three ----

def workbench_pages(address):
    return [Page("workbench, plot", f"{address}/e/large/plot?y={METRIC}&color=label&shown=1", PICTURES),
            Page("workbench, charts", f"{address}/e/large/charts", PICTURES)]


def mlflow_page(address):
    """What its page keeps after a first visit, but with all runs visible and the assistant shut, which opens by itself."""
    experiment = json.loads(get(address + "/api/2.0/mlflow/experiments/get-by-name?experiment_name=large"))["experiment"]
    place = f"{address}/#/experiments/{experiment['experiment_id']}/runs?compareRunsMode=CHART&workflowType=machine_learning"
    browser = Browser(width=1400, height=1000)
    try:
        browser.open(place)
        browser.wait(lambda: browser.count(".scatterlayer path.js-line"), "MLflow's chart", 60)
        time.sleep(1)
        stored = dict(browser.run("return Object.entries(localStorage)"))
    finally:
        browser.close()
    [key] = [key for key in stored if "ExperimentPage" in key and key.endswith("ReactComponentState")]
    state = json.loads(stored[key])
    assert state["runsHiddenMode"] == "FIRST_10_RUNS"
    return Page("MLflow", place, MLFLOW_PATHS, {
        key: json.dumps({**state, "runsHiddenMode": "SHOW_ALL"}),
        "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true", "mlflow.assistant.panelOpen_v1": "false"})


def tensorboard_pages(address, points):
    return [Page(f"TensorBoard, {points}, WebGL", f"{address}/#timeseries", TENSORBOARD_CANVAS),
            Page(f"TensorBoard, {points}, SVG", f"{address}/?forceSVG=true#timeseries", TENSORBOARD_PATHS)]


def open_first(page):
    """The first opening since the server started, and of how many points each curve is that the page gets."""
    with opened(page) as (browser, (page.first, _)):
        if page.drawing is PICTURES:
            svg = get(browser.run("return document.querySelector('main img').src"))
            paths = re.findall(r'<path[^>]* d="([^"]*)"', svg)
            page.curves = [len(re.findall(r"-?\d*\.?\d+", path)) // 2 for path in paths]
        elif page.drawing is MLFLOW_PATHS:
            counts = {}
            for address in browser.run("return performance.getEntriesByType('resource').map((entry) => entry.name)"):
                if "get-history-bulk-interval" in address:
                    for point in json.loads(get(address))["metrics"]:
                        counts[point["run_id"]] = counts.get(point["run_id"], 0) + 1
            page.curves = list(counts.values())
        else:
            page.curves = tensorboard_points(page.address.split("/?")[0].split("/#")[0])


def make(options, folder):
    """The store, the same as event files, and the same in MLflow's database."""
    workbench = workbench_at(options.workbench, folder)
    workbench("bench", "store", "--runs", str(RUNS), "--steps", str(STEPS), "--metrics", "1", "--keep", "runs")
    workbench("export", "large", "--format", "tensorboard", "-o", "events")
    workbench("export", "large", "--format", "mlflow", "-o", "folders")
    subprocess.run([python_program("mlflow"), "migrate-filestore", "--source", "folders",
                    "--target", f"sqlite:///{folder}/mlflow.db"], cwd=folder, check=True, capture_output=True,
                   env={**os.environ, **QUIET})
    return workbench("--version").stdout.strip()


def cell(values):
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


COLUMNS = {"cold": "cold, ms", "warm": "warm, ms", "begun": "cold, until the last frame began, ms"}


def table(pages):
    peers = [page for page in pages if not page.name.startswith("workbench")]
    better = {key: min((statistics.median(getattr(page, key)) for page in peers), default=None) for key in COLUMNS}
    print("| | curves | points of each |" + "".join(f" {title} | × the better |" for title in COLUMNS.values()))
    print("|---|---:|---:|" + "---:|---:|" * len(COLUMNS))
    for page in pages:
        row = [page.name, len(page.curves), f"{statistics.median(page.curves):,.0f}"]
        for key in COLUMNS:
            row.append(cell(getattr(page, key)))
            row.append(f"{statistics.median(getattr(page, key)) / better[key]:.3f}" if better[key] else "")
        print("| " + " | ".join(map(str, row)) + " |")
    print("\nThe first opening since the server started, ms: "
          + "; ".join(f"{page.name} {page.first:,.0f}" for page in pages) + ".")
    for page in pages:
        if page.unstill:
            print(f"\n{page.name}: after {page.unstill} of {len(page.warm)} openings the picture went on changing.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workbench", default=str(ROOT / ".build/release/workbench"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=[], help="pages whose names begin so")
    parser.add_argument("--pictures", help="a folder for a screenshot of each page")
    options = parser.parse_args()
    options.workbench = os.path.abspath(options.workbench)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that the servers end too.
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        ours = make(options, folder)
        load = os.getloadavg()[0]
        pages = [
            *workbench_pages(stack.enter_context(workbench_server(options, folder))),
            mlflow_page(stack.enter_context(mlflow_server(folder))),
            *tensorboard_pages(stack.enter_context(
                tensorboard_server(folder, "--samples_per_plugin", f"scalars={STEPS}")), "all points"),
            *tensorboard_pages(stack.enter_context(tensorboard_server(folder)), "as started"),
        ]
        pages = [page for page in pages if not options.only or page.name.startswith(tuple(options.only))]
        for page in pages:
            open_first(page)
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
            for place in range(len(pages)):
                measure(pages[(number + place) % len(pages)], options.pictures)
        browser = Browser()
        product = chromium(browser, "Browser.getVersion")["product"]
        browser.close()
    table(pages)
    print(f"\n{options.rounds} rounds; medians, with the smallest and largest. workbench {ours}, MLflow {version('mlflow')}, "
          f"TensorBoard {version('tensorboard')}, {product.replace('/', ' ')}, {os.cpu_count()} cores, "
          f"load average {load:.1f} before and {os.getloadavg()[0]:.1f} after.")


if __name__ == "__main__":
    main()
