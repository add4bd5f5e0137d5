"""The pages of `workbench serve` in a real browser.

    pages.py WORKBENCH [--axe axe.min.js] [--pictures DIR] [--quick]

Chromium and chromedriver (Debian: chromium, chromium-driver) drive each page; with axe-core (PyPI: axe-core-python carries
it) its rules are asked, and nothing serious may be found; with --pictures a picture of each page is left, light and dark.
"""

import argparse
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from webdriver import Browser  # noqa: E402

EXPERIMENT = """
workbench: 1
name: shapes
question: Which learning rate?
data: {source: shapes, size: 16, limit: 256}
model: {architecture: small-unet, base_channels: 8}
conditioning: {kind: class}
training: {steps: 60, batch: 16, log_every: 1}
sampling: {count: 12, steps: 5, sampler: ddim, every: 20}
evaluation: {images: 32, every: 20}
sweep: {parameters: {training.optimizer.lr: [0.001, 0.004]}, repeat: {training.seed: 2}}
"""

MORE = EXPERIMENT.replace("[0.001, 0.004]", "[0.001, 0.004, 0.016]")


class Workplace:
    def __init__(self, workbench, folder):
        self.workbench, self.folder = workbench, folder

    def run(self, *arguments, **options):
        return subprocess.run(
            [self.workbench, *arguments], cwd=self.folder, check=True, capture_output=True, text=True, **options)

    def write(self, text):
        (pathlib.Path(self.folder) / "shapes.yaml").write_text(text)

    def runs(self):
        """Ids of the experiment's runs, shortened."""
        rows = csv.DictReader(self.run("runs", "shapes", "--csv").stdout.splitlines())
        return [row["id"][:12] for row in rows]

    def serve(self):
        server = subprocess.Popen(
            [self.workbench, "serve", "--port", "0"], cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        return server, server.stdout.readline().strip().rstrip("/")


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def serious(browser, axe):
    """Rules of axe-core that a page breaks badly."""
    browser.run(axe + "; window.axe = axe")
    found = browser.run_async(
        "const done = arguments[arguments.length - 1];"
        "axe.run({resultTypes: ['violations']}).then((found) => done(found.violations"
        ".filter((rule) => ['serious', 'critical'].includes(rule.impact))"
        ".map((rule) => `${rule.id}: ${rule.nodes.slice(0, 3).map((node) => node.html).join(' | ')}`)))")
    return found


def every_page(browser, address, run, other, axe, pictures, name):
    for title, path, selector in [
        ("experiments", "/", ".card"),
        ("notebook", "/e/shapes", "section[data-part^=cell] img"),
        ("runs", "/e/shapes/runs", "table.runs tbody tr"),
        ("charts", "/e/shapes/charts", "figure.chart img"),
        ("plot", "/e/shapes/plot?y=train/loss&smooth=0.1", "figure.plot img"),
        ("pictures", "/e/shapes/pictures", "figure.strip img"),
        ("run", f"/r/{run}", "h1"),
        ("why", f"/why/{run}/{other}", "figure.strip img"),
        ("sql", "/sql?e=shapes&q=SELECT+label,+state+FROM+wide", "table td"),
        ("parameters", "/e/shapes/parameters", "figure.parallel img"),
        ("sampling", "/e/shapes/pictures?over=sampling", "figure.denoise canvas"),
        ("chart", "/sql?e=shapes&q=SELECT+label,+seconds+FROM+wide&chart=bar", "section[data-part=chart] img"),
        ("metrics", "/e/shapes/plot?y=eval/loss&x=train/loss", "figure.plot img"),
    ]:
        browser.open(address + path)
        browser.wait(lambda: browser.count(selector) > 0, f"{title}: {selector}")
        browser.wait(lambda: browser.run(
            "return [...document.images].filter((image) => image.loading !== 'lazy').every((image) => image.complete)"),
            f"the pictures of {title}")
        broken = browser.run(
            "return [...document.images].filter((image) => image.src && image.complete && !image.naturalWidth)"
            ".map((image) => image.src)")
        check(not broken, f"{title}: broken pictures {broken[:3]}")
        wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        check(wide <= 0, f"{title}: {wide} px wider than the window")
        if axe:
            # axe brings no style or script of its own into the page, which would refuse them.
            found = serious(browser, axe)
            check(not found, f"{title}: {found}")
        complaints = browser.complaints()
        check(not complaints, f"{title}: the console says {complaints}")
        if pictures:
            time.sleep(0.3)
            browser.screenshot(os.path.join(pictures, f"{title}-{name}.png"))


def table(browser, address):
    """Sorts, filters, opens, pins, hides: each of them an address."""
    browser.open(address + "/e/shapes/runs")
    browser.click("thead a[href*='sort=train']")
    browser.wait(lambda: browser.count("th[aria-sort=ascending]") == 1, "a sorted column")
    check("sort=train" in browser.run("return location.search"), "sorting is an address")
    first = browser.text("tbody tr th")
    browser.click("th[aria-sort] a")
    browser.wait(lambda: browser.count("th[aria-sort=descending]") + browser.count("th[aria-sort=ascending]") == 1, "a column")
    browser.click("tbody tr th a")
    browser.wait(lambda: browser.count("tr.run") == 2, "the runs of a setting")
    browser.click("tbody tr .tools a[aria-pressed=false]")
    browser.wait(lambda: browser.count("tr.pinned") == 1, "a pinned row")
    browser.type("input[name=where]", "training.optimizer.lr == 0.004")
    browser.click("form.controls button")
    browser.wait(lambda: "2 of 4 runs in 1 setting" in (browser.text(".caption") or ""), "a filtered table")
    check(first is not None, "a first row")
    browser.run("history.back()")
    browser.wait(lambda: "4 of 4 runs" in (browser.text(".caption") or ""), "the way back")


def plot(browser, address):
    """The pointer reads every line, the nearest first; dragging looks closer."""
    browser.open(address + "/e/shapes/plot?y=train/loss&color=seed&band=&shown=1")
    browser.wait(lambda: browser.run("return document.querySelector('figure.plot img')?.naturalWidth > 0"), "the plot")
    box = browser.run(
        "const box = document.querySelector('figure.plot img').getBoundingClientRect();"
        "return [box.left, box.top, box.width, box.height]")
    x, y = box[0] + 0.4 * box[2], box[1] + 0.5 * box[3]
    browser.pointer(("move", x - 20, y), ("move", x, y))
    browser.wait(lambda: browser.run("return !document.querySelector('#tip').hidden"), "the values at the pointer")
    check(browser.count("#tip tr") >= 2, "all lines at the pointer")
    browser.pointer(("move", box[0] + 0.3 * box[2], y), ("down",), ("move", box[0] + 0.5 * box[2], y), ("up",))
    browser.wait(lambda: "xrange" in browser.run("return location.search"), "a closer look")
    browser.wait(lambda: "xrange" in browser.text("section[data-part=cell] code"), "the closer look as a cell")


def ways(browser, address, run):
    """From noise to sample: at the end what the sampler holds is the finished image, as the network and the forward process have it."""
    pixels = "return [...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())"
    browser.open(f"{address}/r/{run}")
    browser.wait(lambda: browser.text("figure.denoise [data-label]") == "done", "the way")
    x, x0, forward = browser.run(pixels)
    check(len(x) > 300 and x == x0 == forward, "three views of the finished image differ")
    move = ("const slider = document.querySelector('#way'); slider.value = arguments[0];"
            "slider.dispatchEvent(new Event('input', {bubbles: true}))")
    browser.run(move, 0)
    x, x0, forward = browser.run(pixels)
    check(x != x0 and x != forward, "the noise is no noise")
    check((browser.text("figure.denoise [data-label]") or "").startswith("t="), "no step is named")


def brush(browser, address):
    """Dragging along an axis of parallel coordinates chooses the runs that pass there, as a condition."""
    browser.open(address + "/e/shapes/parameters")
    box = browser.wait(lambda: browser.run(
        "const image = document.querySelector('figure.parallel img'); if (!image?.naturalWidth) return null;"
        "image.scrollIntoView(); const box = image.getBoundingClientRect(); return [box.left, box.top, box.width, box.height]"),
        "parallel coordinates")
    left, top, width, height = box
    browser.pointer(("move", left + 0.06 * width, top + 0.2 * height), ("down",),
                    ("move", left + 0.06 * width, top + 0.5 * height), ("up",))
    browser.wait(lambda: "where=" in browser.run("return location.search"), "a condition")
    condition = browser.run("return new URL(location.href).searchParams.get('where')")
    check(condition == "training.optimizer.lr == 0.004", f"another condition: {condition}")
    browser.wait(lambda: condition in (browser.text("section[data-part=parallel] code") or ""), "the condition as a cell")


def copied(browser, address, place):
    """What is copied as a cell draws the same plot in a notebook."""
    browser.open(address + "/e/shapes/plot?y=train/loss&smooth=0.1&color=setting&band=interval")
    cell = browser.wait(lambda: browser.text("section[data-part=cell] code"), "a cell")
    with urllib.request.urlopen(address + browser.run(
            "return document.querySelector('figure.plot img').getAttribute('src')")) as answer:
        shown = answer.read()
    place.write(EXPERIMENT + "report:\n" + "".join(f"  {line}\n" for line in cell.splitlines()))
    place.run("report", "shapes.yaml", "-o", "copied")
    drawn = [path.read_bytes() for path in (pathlib.Path(place.folder) / "copied" / "shapes").glob("*.svg")]
    check(shown in drawn, "the copied cell draws another plot")
    place.write(EXPERIMENT)
    place.run("report", "shapes.yaml", "-o", "copied")


def slider(browser, address):
    """One slider moves all pictures; what is held is held against the others."""
    browser.open(address + "/e/shapes/pictures")
    browser.wait(lambda: browser.count("figure.strip") == 4, "four strips")
    sources = "return [...document.querySelectorAll('figure.strip > .frame > img:first-child')].map((image) => image.src)"
    before = browser.run(sources)
    browser.run(
        "const slider = document.querySelector('#step'); slider.value = 0;"
        "slider.dispatchEvent(new Event('input', {bubbles: true}))")
    after = browser.run(sources)
    check(all(a != b for a, b in zip(before, after)), "some pictures have not moved")
    check(browser.text("output[for=step]") == "20", "the step that is shown")
    browser.click("figure.strip button[data-pin]")
    check(browser.count("img.difference") == 3, "three differences from the one that is held")


def live(browser, address, place):
    """A run that is started meanwhile appears and moves; what was chosen stays."""
    browser.open(address + "/e/shapes/runs?sort=training.optimizer.lr")
    browser.click("tbody tr th a")
    browser.wait(lambda: browser.count("tr.run") == 2, "the runs of a setting")
    browser.type("input[name=where]", "state")
    place.write(MORE)
    run = subprocess.Popen(
        [place.workbench, "run", "shapes.yaml", "-j", "1"], cwd=place.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    browser.wait(lambda: browser.count("tr[data-row]") == 3, "the new setting", 30)
    check(browser.count("tr.run") == 2, "what was open has closed")
    check(browser.run("return document.querySelector('input[name=where]').value") == "state", "what was typed is gone")
    run.wait()
    browser.wait(lambda: browser.run(
        "return [...document.querySelectorAll('tr[data-row]')].pop().textContent.includes('2 finished')"), "its end", 30)


def drawings(browser, address, place):
    """A chart that is open goes on: of its drawing what differs is sent, and it is the drawing that a reload shows."""
    writer = subprocess.Popen([place.workbench, "log", "live", "lr=1"], cwd=place.folder, stdin=subprocess.PIPE, text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def write(first, last):
        for step in range(first, last):
            writer.stdin.write(f'{{"step": {step}, "loss": {1 + step % 7}}}\n')
        writer.stdin.flush()
    try:
        write(0, 1100)
        browser.wait(lambda: "live" in place.run("runs", "--csv").stdout, "the run")
        browser.open(address + "/e/live/charts")
        source = "return document.querySelector('figure.chart img')?.src ?? ''"
        browser.wait(lambda: browser.run("return document.querySelector('figure.chart img')?.naturalWidth > 0"), "a chart")
        for last in [1150, 1200]:
            before = browser.run(source)
            write(last - 50, last)
            browser.wait(lambda: browser.run(source) not in ["", before], "the next drawing", 20)
            check(browser.run(source).startswith("blob:"), "the drawing came as a whole")
        shown = browser.wait(lambda: browser.run_async(
            "const [done] = arguments; const image = document.querySelector('figure.chart img');"
            # The page's own script holds what it has put together.
            "fetch(image.dataset.address).then((answer) => answer.text())"
            ".then((whole) => done(whole === new TextDecoder().decode(drawings.get(image).bytes)))"), "the drawing that a reload shows")
        check(shown, "another drawing")
        sizes = browser.run(
            "return performance.getEntriesByType('resource').filter((entry) => entry.name.includes('since='))"
            ".map((entry) => entry.encodedBodySize)")
        check(sizes and min(sizes) < 1500, f"too much is sent: {sizes}")
    finally:
        writer.stdin.close()
        writer.wait()


def played(browser, address, run):
    """Samples on demand."""
    browser.open(f"{address}/r/{run}")
    browser.wait(lambda: browser.count("form.play") == 1, "the controls")
    browser.click("form.play button")
    note = browser.wait(
        lambda: (browser.text("#played-note") or "").strip(" …").removeprefix("Sampling"), "an answer")
    check(note.endswith("ms."), note)
    browser.wait(lambda: browser.run("return document.querySelector('#played').naturalWidth > 0"), "samples")
    return note


def hostile_names():
    """A hundred names that would be something else if they were not text."""
    markup = ["<script>window.broken=1</script>", "<img src=x onerror=window.broken=1>", "<svg onload=window.broken=1>",
              "<iframe srcdoc='<script>parent.broken=1</script>'>", "<b class=hostile>", "</section></main><script>window.broken=1</script>",
              "<style>main{display:none}</style>", "<object data=javascript:window.broken=1>", "javascript:window.broken=1",
              "<a href=javascript:window.broken=1>x</a>", "<!--", "-->", "]]>", "&lt;script&gt;", "&#60;script&#62;", "{{ count(runs) }}",
              "${window.broken=1}", "`+window.broken+`", "\u2028window.broken=1", "\u202ereversed"]
    around = ["{}", "\">{}", "'>{}", " {} ", "a/{}"]
    return [form.format(name) for name in markup for form in around]


def hostile(browser, address, place):
    """Names and notes are text."""
    for number, name in enumerate(hostile_names()):
        settings = [f"{name}={name}"] if re.fullmatch(r"[^-=\0][^=\0]*", name) else [f"x={number}"]
        lines = json.dumps({"step": 1, "loss": number, name: 1}) + "\n"
        place.run("log", "hostile", *settings, f"--run={name}", input=lines)
    runs = [row["id"][:12] for row in csv.DictReader(place.run("runs", "hostile", "--csv").stdout.splitlines())]
    check(len(runs) == len(hostile_names()), f"{len(runs)} runs of {len(hostile_names())} hostile names")
    for path in ["/", "/e/hostile", "/e/hostile/runs", "/e/hostile/charts?limit=200", "/e/hostile/parameters?y=loss",
                 "/sql?e=hostile&q=SELECT+*+FROM+wide", f"/why/{runs[0]}/{runs[1]}", *[f"/r/{run}" for run in runs[::10]]]:
        browser.open(address + path)
        browser.wait(lambda: browser.count("main > section") > 0, f"{path}: a page")
        check(browser.run("return window.broken") is None, f"{path}: a name was run")
        strange = browser.run(
            "return [...document.querySelectorAll('main script, main iframe, main object, main [onerror], main [onload],"
            " main [onclick], main style, main img[src=x], main b.hostile')].map((element) => element.outerHTML)")
        check(not strange, f"{path}: names are markup: {strange[:3]}")
    shown = browser.run_async(
        "const [path, done] = arguments; fetch(path).then((answer) => answer.text()).then((text) =>"
        " done(new DOMParser().parseFromString(text, 'text/html').querySelector('main').textContent))", "/e/hostile/runs?limit=500")
    check("<script>window.broken=1</script>" in shown, "a name is not there as text")
    for name in ["<script>document.title='broken'</script>", "\"><img src=x onerror=document.title='broken'>"]:
        run = place.runs()[0]
        place.run("note", run, name)
        browser.open(f"{address}/r/{run}")
        browser.wait(lambda: name in browser.text("main"), "the note as text")
        check("broken" not in browser.run("return document.title"), "a note was run")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("workbench")
    parser.add_argument("--axe")
    parser.add_argument("--pictures")
    parser.add_argument("--quick", action="store_true", help="only what moves, not every page")
    options = parser.parse_args()
    axe = pathlib.Path(options.axe).read_text() if options.axe else None
    if options.pictures:
        os.makedirs(options.pictures, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(os.path.abspath(options.workbench), folder)
        place.write(EXPERIMENT)
        place.run("run", "shapes.yaml", "-j", "1")
        run, *_, other = place.runs()
        server, address = place.serve()
        try:
            for name, size, dark in [] if options.quick else [("light", (1200, 900), False), ("dark", (1200, 900), True), ("phone", (400, 800), False)]:
                browser = Browser(*size, dark=dark)
                try:
                    every_page(browser, address, run, other, axe, options.pictures, name)
                    print(f"every page, {name}: good")
                finally:
                    browser.close()
            browser = Browser()
            try:
                for test in [table, plot, slider, brush]:
                    test(browser, address)
                    print(f"{test.__name__}: good")
                ways(browser, address, run)
                print("ways: good")
                drawings(browser, address, place)
                print("drawings: good")
                copied(browser, address, place)
                print("copied: good")
                print(f"played: good, {played(browser, address, run)}")
                hostile(browser, address, place)
                print("hostile: good")
                live(browser, address, place)
                print("live: good")
                complaints = browser.complaints()
                check(not complaints, f"the console says {complaints}")
            finally:
                browser.close()
        finally:
            server.terminate()
            check(server.wait(10) in (143, -15), "the server did not end as asked")


if __name__ == "__main__":
    main()
