"""Makes distillation.json: what a student should say so that one step of DDIM ends where two of its teacher do.

    python make_distillation_goldens.py            # writes the file beside this script
    python make_distillation_goldens.py --check    # makes it again and compares

Needs numpy. Plain float64 from Salimans & Ho 2022, algorithm 2: t = i/N, t' = t - 0.5/N, t'' = t - 1/N, written in their x_hat
alone. What the teacher says is drawn at random. Levels by their definitions: alpha = cos(pi t/2) (trig, their schedule); 1 - t
(flow); the table of 1000 linear betas, at round(1000 t) - 1, also rescaled to end at alpha = 0 (Lin 2024, algorithm 1); sigma^(1/7)
evenly from 0.002 to 80 (edm). At t = 0: data.
"""
import argparse
import json
import pathlib
import sys

import numpy as np

PATH = pathlib.Path(__file__).with_name("distillation.json")
SIGMA_DATA = 0.5
VALUES = 3


def table(rescaled):
    root = np.sqrt(np.cumprod(1 - np.linspace(1e-4, 0.02, 1000)))
    if rescaled:
        root = (root - root[-1]) * root[0] / (root[0] - root[-1])
    return root


def level(process, t):
    if t == 0:
        return 1.0, 0.0
    if process == "trig":
        return (0.0 if t == 1 else np.cos(np.pi * t / 2)), np.sin(np.pi * t / 2)
    if process == "flow":
        return 1 - t, t
    if process == "edm":
        low, high = 0.002 ** (1 / 7), 80 ** (1 / 7)
        return 1.0, (low + t * (high - low)) ** 7
    alpha = table(process == "zero-snr")[int(np.round(1000 * t)) - 1]
    return alpha, np.sqrt(1 - alpha**2)


def x_hat(prediction, z, output, alpha, sigma):
    """x_0 that an output stands for."""
    if prediction == "x0":
        return output
    if prediction == "v":
        return alpha * z - sigma * output
    if prediction == "flow":
        return z - sigma * output
    if prediction == "edm":
        s, y = sigma / alpha, z / alpha
        skip = SIGMA_DATA**2 / (s**2 + SIGMA_DATA**2)
        return skip * y + s * SIGMA_DATA / np.sqrt(s**2 + SIGMA_DATA**2) * output
    raise ValueError(prediction)


def output_of(prediction, z, x, alpha, sigma):
    """The output that stands for an x_0: the inverse."""
    if prediction == "x0":
        return x
    if prediction == "v":
        return (alpha * z - x) / sigma
    if prediction == "flow":
        return (z - x) / sigma
    s, y = sigma / alpha, z / alpha
    skip = SIGMA_DATA**2 / (s**2 + SIGMA_DATA**2)
    return (x - skip * y) / (s * SIGMA_DATA / np.sqrt(s**2 + SIGMA_DATA**2))


def ddim(z, x, a, s, a_next, s_next):
    return a_next * x + s_next / s * (z - a * x)


def cases():
    rng = np.random.default_rng(16)
    for process, predictions in [("trig", ["v", "x0"]), ("flow", ["flow", "x0"]), ("vp", ["v", "x0"]), ("zero-snr", ["v"]),
                                 ("edm", ["edm"])]:
        for prediction in predictions:
            for steps in [1, 4]:
                for i in ([1] if steps == 1 else [4, 2, 1]):
                    t = i / steps
                    ends = [level(process, u) for u in (t, t - 0.5 / steps, t - 1 / steps)]
                    (a, s), (a1, s1), (a2, s2) = ends
                    x = a * rng.uniform(-1, 1, VALUES) + s * rng.standard_normal(VALUES)
                    first, second = rng.standard_normal(VALUES), rng.standard_normal(VALUES)
                    z1 = ddim(x, x_hat(prediction, x, first, a, s), a, s, a1, s1)
                    z2 = ddim(z1, x_hat(prediction, z1, second, a1, s1), a1, s1, a2, s2)
                    wanted = (z2 - s2 / s * x) / (a2 - s2 / s * a)
                    yield dict(process=process, prediction=prediction, student_steps=steps, place=steps - i,
                               alphas=[a, a1, a2], sigmas=[s, s1, s2], x=x.tolist(), first=first.tolist(),
                               second=second.tolist(), middle=z1.tolist(), end=z2.tolist(), x0=wanted.tolist(),
                               target=output_of(prediction, x, wanted, a, s).tolist())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    made = {"cases": list(cases())}
    if parser.parse_args().check:
        there = json.loads(PATH.read_text())
        sys.exit(0 if json.loads(json.dumps(made)) == there else "distillation.json differs")
    PATH.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
