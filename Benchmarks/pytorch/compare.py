"""The workbench beside PyTorch, on the same networks, batches and cores: the table that README shows.

    python compare.py                          # everything: about 25 minutes on two cores
    python compare.py --quick                  # one short round, to see that it works
    python compare.py --networks small-unet --tasks train --precisions bf16 --rounds 5

Close everything else first: a browser in the background moves the ratios. For each network, task and precision, short
runs find PyTorch's best of {eager, channels-last, torch.compile, both}; then that one and the workbench are measured in
turn, round after round, each in a process of its own, and medians over the rounds are compared. Memory is each whole
process's largest resident size. torch.compile needs a C++ compiler (g++); without one it is said to be not possible, and
the best is that of the others.

The table goes to standard output, what is going on to standard error. Exit code 1 if a measurement failed.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

from peer import BATCHES, LAYOUTS, ROOT

HERE = pathlib.Path(__file__).resolve().parent


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command):
    """The JSON document that a program prints; an error's last line where it fails."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=ROOT)
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        raise RuntimeError(lines[-1] if lines else f"exit code {result.returncode}")
    return json.loads(result.stdout)


def measure_peer(case, layout, options, seconds, steps, warmup):
    network, task, precision = case
    command = [sys.executable, HERE / "peer.py", "--network", network, "--task", task, "--precision", precision,
               "--layout", layout, "--seconds", seconds, "--steps", steps, "--warmup", warmup]
    return run(command + (["--threads", options.threads] if options.threads else []))


def measure_workbench(case, options):
    network, task, precision = case
    command = [options.workbench, "bench", task, f"experiments/bench/{network}.yaml",
               f"training.precision={precision}", f"training.batch={BATCHES[network]}",
               f"sampling.count={BATCHES[network]}", "--seconds", options.seconds, "--json"]
    return run(command + (["--workers", options.threads] if options.threads else []))


def best_layout(case, options):
    """PyTorch's fastest layout by short runs, and what all of them reached."""
    rates = {}
    for layout in options.layouts:
        try:
            result = measure_peer(case, layout, options, seconds=min(1, options.seconds), steps=3, warmup=2)
        except RuntimeError as error:
            say(f"  {layout}: not possible here: {error}")
            continue
        rates[layout] = result["imagesPerSecond"]
        say(f"  {layout}: {rates[layout]:.1f} images/s")
    if not rates:
        raise RuntimeError("no layout of PyTorch runs here")
    return max(rates, key=rates.get), rates


def compare(case, layout, rounds):
    """Medians of what the rounds found."""
    def median(name, key):
        return statistics.median(pair[name][key] for pair in rounds)

    network, task, precision = case
    speeds = {name: median(name, "imagesPerSecond") for name in ("peer", "workbench")}
    memory = {name: median(name, "peakMemoryMiB") for name in ("peer", "workbench")}
    ratios = [pair["workbench"]["imagesPerSecond"] / pair["peer"]["imagesPerSecond"] for pair in rounds]
    return {
        "network": network, "task": task, "precision": precision, "batch": BATCHES[network], "layout": layout,
        "rounds": len(rounds), "imagesPerSecond": speeds, "ratio": speeds["workbench"] / speeds["peer"],
        "smallestRatio": min(ratios), "largestRatio": max(ratios),
        "peakFraction": median("workbench", "peakFraction"),
        "peakMemoryMiB": memory, "memoryRatio": memory["workbench"] / memory["peer"],
        "torch": rounds[0]["peer"]["torch"], "threads": rounds[0]["peer"]["threads"],
        "workers": rounds[0]["workbench"]["workers"], "kernels": rounds[0]["workbench"]["kernels"],
    }


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(rows):
    """As README shows it."""
    words = {"train": "train", "sample": "sample", "small-unet": "small U-Net", "residual-unet": "residual U-Net"}
    lines = ["| | precision | PyTorch, images/s | workbench | ratio | of peak | PyTorch, MiB | workbench | ratio |",
             "|---|---|---:|---:|---:|---:|---:|---:|---:|"]
    for row in rows:
        what = f"{words[row['task']]}, {words[row['network']]}, {row['batch']} images"
        peer = f"{number(row['imagesPerSecond']['peer'])} ({row['layout']})"
        lines.append(
            f"| {what} | {row['precision']} | {peer} | {number(row['imagesPerSecond']['workbench'])} "
            f"| **{row['ratio']:.2f}×** | {100 * row['peakFraction']:.0f} % | {number(row['peakMemoryMiB']['peer'])} "
            f"| {number(row['peakMemoryMiB']['workbench'])} | {row['memoryRatio']:.2f}× |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=list(BATCHES), choices=BATCHES)
    parser.add_argument("--tasks", nargs="+", default=["train", "sample"], choices=["train", "sample"])
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16"], choices=["fp32", "bf16"])
    parser.add_argument("--layouts", nargs="+", default=LAYOUTS, choices=LAYOUTS,
                        help="of PyTorch, to choose the best from; a single one is not tried first")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement, at least; default: 4")
    parser.add_argument("--quick", action="store_true", help="one round of a second")
    parser.add_argument("--threads", type=int, help="of both; default: each program's own choice")
    parser.add_argument("--workbench", default=ROOT / ".build" / "release" / "workbench", metavar="PATH",
                        help="the program; default: .build/release/workbench")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, min(1, options.seconds)
    if options.rounds < 1:
        parser.error("--rounds takes 1 or more")
    options.workbench = pathlib.Path(options.workbench).resolve()
    if not options.workbench.exists():
        parser.error(f"there is no {options.workbench}: 'make build' makes it, --workbench names another")

    cases = [(network, task, precision) for task in options.tasks for network in options.networks
             for precision in options.precisions]
    failed, layouts, tried = False, {}, {}
    for case in cases:
        say(f"{' '.join(case)}: which layout?")
        try:
            if len(options.layouts) == 1:
                layouts[case] = options.layouts[0]
            else:
                layouts[case], tried[case] = best_layout(case, options)
        except RuntimeError as error:
            say(f"  failed: {error}")
            failed = True

    rounds = {case: [] for case in layouts}
    for index in range(options.rounds):
        for case in list(rounds):
            measurements = {
                "peer": lambda: measure_peer(case, layouts[case], options, options.seconds, 5, 3),
                "workbench": lambda: measure_workbench(case, options),
            }
            # Whoever comes first this time comes second the next.
            order = ["peer", "workbench"] if index % 2 == 0 else ["workbench", "peer"]
            try:
                pair = {name: measurements[name]() for name in order}
            except RuntimeError as error:
                say(f"{' '.join(case)}: failed: {error}")
                failed = True
                del rounds[case]
                continue
            rounds[case].append(pair)
            say(f"round {index + 1}: {' '.join(case)}: PyTorch {number(pair['peer']['imagesPerSecond'])}, "
                f"workbench {number(pair['workbench']['imagesPerSecond'])} images/s")

    rows = [compare(case, layouts[case], rounds[case]) | {"layouts": tried.get(case, {})} for case in rounds]
    if options.json:
        print(json.dumps({"rows": rows}, indent=2, sort_keys=True))
    elif rows:
        print(table(rows))
        print(f"\nPyTorch {rows[0]['torch']}, {rows[0]['threads']} threads; workbench {rows[0]['workers']} workers, "
              f"{rows[0]['kernels']} kernels; medians of {options.rounds} alternating rounds")
    sys.exit(1 if failed or not rows else 0)


if __name__ == "__main__":
    main()
