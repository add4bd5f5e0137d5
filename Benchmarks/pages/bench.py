"""How fast the pages of `workbench serve` are in a real browser, where other trackers' pages give way.

    bench.py [--workbench PATH] [--rounds N] [--only NAME …]

Each case makes a store, serves it on one core and opens its pages in a headless Chromium: 50 runs × 2,000
steps that go on, 1,000 charts, an experiment of 12,000 names of metrics, 10,000 runs, 400 pictures. Medians of the rounds:

    paint        first contentful paint, from the start of the navigation
    drawn        from opening to the last picture in the window
    interaction  from an event to the next frame after the page has changed
    frames       a second, while the page scrolls from top to bottom
    page         memory of the browser's process for the page, its share of what is shared counted (PSS): opened in a
                 browser that has shown nothing before, and scrolled through for three seconds
    server       the most memory the server has had (VmHWM)

Other trackers' pages on the same runs: peers.py.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Pages"))
from webdriver import Browser  # noqa: E402

MEGABYTE = 1 << 20


def workbench_at(path, folder):
    def run(*arguments, **options):
        return subprocess.run([path, *arguments], cwd=folder, check=True, capture_output=True, text=True, **options)
    return run


class Serving:
    """A server on the first core."""

    def __init__(self, workbench, folder):
        self.process = subprocess.Popen(
            [*on_core(0), workbench, "serve", "--port", "0"], cwd=folder, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().strip().rstrip("/")

    def memory(self):
        return status(self.process.pid, "VmHWM") / MEGABYTE

    def close(self):
        self.process.terminate()
        self.process.wait()


def on_core(core):
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 else []


def status(process, key):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    return 0


def page_memory(browser):
    """Of the page's own process, in megabytes: the largest of the browser's renderers."""
    most = 0
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            line = (path / "cmdline").read_bytes()
            if b"--type=renderer" not in line or not descends(int(path.name), browser.driver.pid):
                continue
            for line in (path / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    most = max(most, int(line.split()[1]) * 1024)
    return most / MEGABYTE


def descends(process, ancestor):
    while process > 1:
        if process == ancestor:
            return True
        process = int(pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return False


# ---- What is measured in a page ----

def first_paint(browser):
    return browser.wait(lambda: browser.run(
        "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"), "the first paint")


DRAWN = """
const done = arguments[arguments.length - 1];
const inWindow = (image) => {
  const box = image.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight;
};
const look = () => {
  const images = [...document.querySelectorAll('main img')].filter(inWindow);
  if (document.readyState === 'complete' && images.every((image) => image.complete && image.naturalWidth)) {
    requestAnimationFrame(() => setTimeout(() => done(performance.now())));
  } else {
    setTimeout(look, 5);
  }
};
look();
"""


def opened(browser, address):
    """First paint, and when every picture in the window is there; both from the start of the navigation."""
    browser.open("about:blank")
    browser.open(address)
    return first_paint(browser), browser.run_async(DRAWN)


CHANGED = """
const [what, argument, done] = arguments;
const begun = performance.now();
const seen = new MutationObserver(() => {
  seen.disconnect();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
});
seen.observe(document.querySelector('main'), {subtree: true, childList: true, attributes: true, characterData: true});
if (what === 'click') document.querySelector(argument).click();
if (what === 'slide') {
  const slider = document.querySelector('#step');
  slider.value = argument;
  slider.dispatchEvent(new Event('input', {bubbles: true}));
}
if (what === 'submit') {
  document.querySelector('input[name=filter], input[name=where]').value = argument;
  document.querySelector('form.controls').requestSubmit();
}
"""


def interaction(browser, what, argument):
    return browser.run_async(CHANGED, what, argument)


SCROLLED = """
const done = arguments[arguments.length - 1];
scrollTo(0, 0);
const begun = performance.now();
let frames = 0;
const frame = (now) => {
  frames += 1;
  scrollBy(0, 24);
  if (now - begun < 3000) requestAnimationFrame(frame);
  else done(1000 * frames / (now - begun));
};
requestAnimationFrame(frame);
"""


def frames(browser):
    return browser.run_async(SCROLLED)


RECEIVED = """
return performance.getEntriesByType('resource').filter((entry) => entry.startTime > arguments[0])
  .reduce((sum, entry) => sum + entry.transferSize, 0);
"""


DRAWINGS = """
return performance.getEntriesByType('resource').filter((entry) => entry.startTime > arguments[0]
  && entry.name.includes('since=')).length;
"""


# ---- Cases ----

class Case:
    def __init__(self, options, name):
        self.options, self.name = options, name
        self.rows = {}

    def note(self, what, value):
        self.rows.setdefault(what, []).append(value)

    def print(self):
        for what, values in self.rows.items():
            ordered = sorted(values)
            print(f"{self.name:10} {what:38} {statistics.median(ordered):8.1f}   "
                  f"({ordered[0]:.1f} to {ordered[-1]:.1f}, {len(ordered)})", flush=True)


@contextlib.contextmanager
def place(options, *store):
    with tempfile.TemporaryDirectory() as folder:
        if store:
            workbench_at(options.workbench, folder)("bench", "store", *store, "--keep", "runs")
        yield folder


@contextlib.contextmanager
def served(case, folder):
    server = Serving(case.options.workbench, folder)
    browser = Browser()
    try:
        yield server, browser
        case.note("server, MB", server.memory())
        complaints = browser.complaints()
        assert not complaints, complaints
    finally:
        browser.close()
        server.close()


def remembered(case, address):
    browser = Browser()
    try:
        browser.open(address)
        browser.run_async(DRAWN)
        frames(browser)
        case.note("page, MB", page_memory(browser))
    finally:
        browser.close()


def looked(case, browser, address, name):
    for _ in range(case.options.rounds):
        paint, drawn = opened(browser, address)
        case.note(f"{name}: paint, ms", paint)
        case.note(f"{name}: drawn, ms", drawn)


def curves(case):
    """50 runs × 2,000 steps that go on: what a tick costs."""
    log = case.options.workbench
    with place(case.options) as folder:
        writers = [subprocess.Popen([log, "log", "large", f"lr={1 + i // 5}e-3", f"seed={i % 5}", "--minimize", "val/loss"],
                                    cwd=folder, stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL) for i in range(50)]

        def write(first, last):
            for i, writer in enumerate(writers):
                for step in range(first, last):
                    writer.stdin.write(json.dumps({"step": step, "train/loss": 1 / (1 + step / 100) + 0.01 * ((step * 7 + i) % 11),
                                                   "val/loss": 1.1 / (1 + step / 100) + 0.001 * i}) + "\n")
                writer.stdin.flush()
        try:
            write(0, 1800)
            time.sleep(3)
            with served(case, folder) as (server, browser):
                for name, path in [("charts", "/e/large/charts"), ("plot", "/e/large/plot?y=train/loss&color=label&shown=1")]:
                    looked(case, browser, server.address + path, name)
                step = 1800
                for points in [1, 10]:
                    browser.open(server.address + "/e/large/charts")
                    browser.run_async(DRAWN)
                    time.sleep(1.5)
                    for _ in range(4):
                        now = browser.run("return performance.now()")
                        write(step, step + points)
                        step += points
                        browser.wait(lambda: browser.run(DRAWINGS, now) >= 2, "drawings that go on", 20)
                        time.sleep(1)
                        case.note(f"tick of {points * 100} points: bytes", browser.run(RECEIVED, now))
                remembered(case, server.address + "/e/large/charts")
        finally:
            for writer in writers:
                writer.stdin.close()
            for writer in writers:
                writer.wait()


def charts(case):
    with place(case.options, "--runs", "5", "--steps", "500", "--metrics", "1000") as folder:
        with served(case, folder) as (server, browser):
            address = server.address + "/e/large/charts?limit=1000"
            looked(case, browser, address, "charts")
            for _ in range(case.options.rounds):
                browser.open(address)
                browser.run_async(DRAWN)
                case.note("interaction: filter, ms", interaction(browser, "submit", "7"))
                browser.open(address)
                browser.run_async(DRAWN)
                case.note("frames a second", frames(browser))
            remembered(case, address)


def names(case):
    with place(case.options) as folder:
        lines = [json.dumps({"step": step, **{f"layer{i // 12}/measure{i % 12}": i / (1 + step) for i in range(12_000)}})
                 for step in range(5)]
        workbench_at(case.options.workbench, folder)("log", "large", input="\n".join(lines) + "\n")
        with served(case, folder) as (server, browser):
            for name, path in [("charts", "/e/large/charts"), ("runs", "/e/large/runs"), ("notebook", "/e/large")]:
                looked(case, browser, server.address + path, name)
            for _ in range(case.options.rounds):
                browser.open(server.address + "/e/large/charts")
                browser.run_async(DRAWN)
                case.note("interaction: filter, ms", interaction(browser, "submit", "layer77"))
            remembered(case, server.address + "/e/large/charts")


def runs(case):
    with place(case.options, "--runs", "10000", "--steps", "20", "--metrics", "4") as folder:
        with served(case, folder) as (server, browser):
            for _ in range(case.options.rounds):
                browser.open("about:blank")
                browser.open(server.address + "/e/large/runs")
                case.note("runs: paint, ms", first_paint(browser))
                case.note("interaction: sort, ms", interaction(browser, "click", "thead th.number a"))
                case.note("interaction: filter, ms", interaction(browser, "submit", "seed < 5"))
                case.note("interaction: open, ms", interaction(browser, "click", "tbody th a"))
            looked(case, browser, server.address + "/e/large/charts", "charts")
            remembered(case, server.address + "/e/large/runs")


def pictures(case):
    with place(case.options) as folder:
        make_pictures(case.options.workbench, folder)
        with served(case, folder) as (server, browser):
            address = server.address + "/e/large/pictures"
            looked(case, browser, address, "pictures")
            for _ in range(case.options.rounds):
                browser.open(address)
                browser.run_async(DRAWN)
                case.note("interaction: slide, ms", interaction(browser, "slide", 2))
                case.note("interaction: hold, ms", interaction(browser, "click", "button[data-pin]"))
                case.note("frames a second", frames(browser))
            remembered(case, address)


def make_pictures(workbench, folder):
    """40 runs with ten sheets of samples each."""
    import struct
    import zlib

    def png(width, height, seed):
        rows = bytearray()
        for y in range(height):
            rows.append(0)
            rows.extend((x * y * (seed + 3) // 7 + 31 * seed) & 255 for x in range(width))

        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b""))
    for run in range(40):
        lines = []
        for step in range(10):
            path = pathlib.Path(folder) / f"{run}-{step}.png"
            path.write_bytes(png(256, 32, 10 * run + step))
            lines.append(json.dumps({"step": 100 * step, "loss": 1 / (1 + step), "samples": path.name}))
        workbench_at(workbench, folder)("log", "large", f"seed={run}", input="\n".join(lines) + "\n")


CASES = [curves, charts, names, runs, pictures]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workbench", default=str(ROOT / ".build/release/workbench"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    options.workbench = os.path.abspath(options.workbench)
    for function in CASES:
        if options.only and function.__name__ not in options.only:
            continue
        case = Case(options, function.__name__)
        function(case)
        case.print()


if __name__ == "__main__":
    main()
