"""Makes guidance.json: what guidance makes of given outputs, level after level.

    python make_guidance_goldens.py            # writes the file beside this script
    python make_guidance_goldens.py --check    # makes it again and compares

Needs numpy. Plain float64 from the papers: rescaling (Lin 2024, eq. 15 and 16), projection, norm and momentum of the difference
in estimates of x_0 (Sadat 2025, section 4), an interval of sigma/alpha (Kynkaanniemi 2024, eq. 6).
"""
import argparse
import json
import pathlib
import sys

import numpy as np

PATH = pathlib.Path(__file__).with_suffix("").parent / "guidance.json"
SAMPLES, VALUES = 2, 6
# alpha_bar, from noisy to clean
LEVELS = [0.05, 0.3, 0.8]
RULES = {
    "plain": dict(scale=3.0),
    "interval": dict(scale=3.0, low=0.6, high=2.0),
    "rescale": dict(scale=4.0, rescale=0.7),
    "orthogonal": dict(scale=3.0, parallel=0.0),
    "norm": dict(scale=3.0, norm=1.5),
    "all": dict(scale=5.0, rescale=0.3, parallel=0.2, norm=2.0, momentum=-0.5),
}


def x0_of(kind, x, output, alpha, sigma):
    return {"epsilon": lambda: (x - sigma * output) / alpha,
            "v": lambda: alpha * x - sigma * output,
            "x0": lambda: output}[kind]()


def output_of(kind, x, x0, alpha, sigma):
    noise = (x - alpha * x0) / sigma
    return {"epsilon": lambda: noise, "v": lambda: alpha * noise - sigma * x0, "x0": lambda: x0}[kind]()


def guided(kind, rule, levels):
    results, running = [], None
    for alpha_bar, x, own, guide in levels:
        alpha, sigma = np.sqrt(alpha_bar), np.sqrt(1 - alpha_bar)
        if not rule.get("low", 0) < sigma / alpha <= rule.get("high", np.inf):
            results.append(own)
            continue
        if any(key in rule for key in ("parallel", "norm", "momentum")):
            mine, other = x0_of(kind, x, own, alpha, sigma), x0_of(kind, x, guide, alpha, sigma)
            difference = mine - other
            if running is not None:
                difference = difference + rule.get("momentum", 0) * running
            running = difference
            if "norm" in rule:
                length = np.linalg.norm(difference, axis=1, keepdims=True)
                difference = difference * np.minimum(1, rule["norm"] / length)
            unit = mine / np.linalg.norm(mine, axis=1, keepdims=True)
            along = (difference * unit).sum(axis=1, keepdims=True) * unit
            counted = difference - along + rule.get("parallel", 1) * along
            result = output_of(kind, x, mine + (rule["scale"] - 1) * counted, alpha, sigma)
        else:
            result = guide + rule["scale"] * (own - guide)
        if "rescale" in rule:
            share = own.std(axis=1, keepdims=True) / result.std(axis=1, keepdims=True)
            result = rule["rescale"] * share * result + (1 - rule["rescale"]) * result
        results.append(result)
    return results


def made():
    random = np.random.default_rng(11)
    levels = [(alpha_bar, *random.normal(size=(3, SAMPLES, VALUES))) for alpha_bar in LEVELS]
    return {
        "levels": [{"alphaBar": a, "x": x.ravel().tolist(), "own": own.ravel().tolist(), "guide": guide.ravel().tolist()}
                   for a, x, own, guide in levels],
        "cases": [{"prediction": kind, "rule": rule,
                   "outputs": [output.ravel().tolist() for output in guided(kind, rule, levels)]}
                  for kind in ("epsilon", "v", "x0") for rule in RULES.values()],
    }


parser = argparse.ArgumentParser()
parser.add_argument("--check", action="store_true")
text = json.dumps(made(), indent=1) + "\n"
if parser.parse_args().check:
    sys.exit(0 if PATH.read_text() == text else f"{PATH.name} differs")
PATH.write_text(text)
