"""Makes tables of noise schedules and lists of timesteps and levels: schedules.json and spacings.json, beside it.

    python make_schedules.py            # writes the files
    python make_schedules.py --check    # makes them again and compares with those that are there

Needs mpmath, numpy, torch and diffusers. Schedules are computed from their formulas with fifty digits and rounded to float64
once; timesteps with whole numbers and fractions. Where diffusers has the schedule, its class and arguments stand beside the
table, with the largest difference of its betas, which it rounds to float32; where it has another of the same name, that
stands in `departures`, and how far it is. Timesteps are compared with the lists that diffusers visits for every n.
"""
import argparse
import json
import pathlib
import sys
from fractions import Fraction

import numpy as np
from diffusers import DDIMScheduler, DDPMScheduler, HeunDiscreteScheduler, logging
from mpmath import mp, mpf

mp.dps = 50
HERE = pathlib.Path(__file__).resolve().parent
LARGEST_BETA = mpf("0.999")


# Schedules: β from β, or ᾱ from a function of u = t/T.

def between(steps, first, last):
    return [mpf(first) + (mpf(last) - mpf(first)) * t / max(steps - 1, 1) for t in range(steps)]


def capped(betas):
    return [min(beta, LARGEST_BETA) for beta in betas]


def linear(steps, start=None, end=None):
    """Ho 2020. Without ends: from s·1e-4 to s·0.02, s = 1000/T."""
    scale = mpf(1000) / steps
    return capped(between(steps, start or scale * mpf("1e-4"), end or scale * mpf("0.02")))


def scaled_linear(steps, start, end):
    """Rombach 2022: equal steps of √β; `quad` of Ho 2020's program, with other ends."""
    return capped([root**2 for root in between(steps, mp.sqrt(mpf(start)), mp.sqrt(mpf(end)))])


def latent(steps):
    """Without ends: those of latent diffusion times 1000/T."""
    return scaled_linear(steps, mpf(1000) / steps * mpf("0.00085"), mpf(1000) / steps * mpf("0.012"))


def quadratic(steps):
    return scaled_linear(steps, mpf(1000) / steps * mpf("1e-4"), mpf(1000) / steps * mpf("0.02"))


def exponential(steps, start=None, end=None):
    """Equal steps of ln β; without ends as `linear`."""
    scale = mpf(1000) / steps
    start, end = mpf(start or scale * mpf("1e-4")), mpf(end or scale * mpf("0.02"))
    return capped([mp.exp(log) for log in between(steps, mp.log(start), mp.log(end))])


def geo_sigmoid(steps, start, end):
    """Xu 2022 (GeoDiff): a schedule of β, which diffusers calls sigmoid."""
    return [mpf(start) + (mpf(end) - mpf(start)) / (1 + mp.exp(-u)) for u in between(steps, -6, 6)]


def discretised(function):
    """β_t = 1 − f((t+1)/T)/f(t/T), none above 0.999 (Nichol & Dhariwal 2021)."""
    def betas(steps):
        f = [function(mpf(t) / steps) for t in range(steps + 1)]
        return capped([1 - after / before for before, after in zip(f, f[1:])])
    return betas


def cosine(u):
    return mp.cos((u + mpf("0.008")) / mpf("1.008") * mp.pi / 2) ** 2


def square_root(u):
    """Li 2022 (Diffusion-LM)."""
    return 1 - mp.sqrt(u + mpf("1e-4"))


def sigmoid(u, tau=1):
    """Chen 2023, Jabri 2022: of ᾱ, from −3 to 3."""
    def logistic(x):
        return 1 / (1 + mp.exp(-x))
    return (logistic(mpf(3) / tau) - logistic((6 * u - 3) / tau)) / (logistic(mpf(3) / tau) - logistic(-mpf(3) / tau))


def laplace(steps, mu=0, b=mpf("0.5")):
    """Hang 2024: λ(u) = μ − b·sgn(½ − u)·ln(1 − 2·|½ − u|), ᾱ = 1/(1 + e^−λ), at u = (t + ½)/T."""
    bars = []
    for t in range(steps):
        away = mpf("0.5") - (t + mpf("0.5")) / steps
        bars.append(1 / (1 + mp.exp(-(mu - b * mp.sign(away) * mp.log(1 - 2 * abs(away))))))
    return [1 - after / before for before, after in zip([mpf(1), *bars], bars)]


def zero_terminal(betas):
    """Lin 2023, algorithm 1: on √ᾱ, moved to end at 0 and stretched to begin where it did."""
    roots = [mp.sqrt(bar) for bar in products(betas)]
    first, last = roots[0], roots[-1]
    bars = [((root - last) * first / (first - last)) ** 2 for root in roots]
    return [1 - after / before for before, after in zip([mpf(1), *bars], bars)]


def products(betas):
    product, bars = mpf(1), []
    for beta in betas:
        product *= 1 - beta
        bars.append(product)
    return bars


def ddpm(**arguments):
    return DDPMScheduler, arguments


ENDS = dict(start="0.0001", end="0.02")
LATENT = dict(start="0.00085", end="0.012")
# name: parameters beside T, betas, diffusers' class of the same meaning
SCHEDULES = {
    "linear": [({}, linear, None), (ENDS, linear, ddpm())],
    "scaled-linear": [(LATENT, scaled_linear, ddpm(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012)),
                      (ENDS, scaled_linear, ddpm(beta_schedule="scaled_linear")), ({}, latent, None)],
    "cosine": [({}, discretised(cosine), ddpm(beta_schedule="squaredcos_cap_v2"))],
    "sqrt": [({}, discretised(square_root), None)],
    "sigmoid": [({}, discretised(sigmoid), None)],
    "sigmoid-betas": [(ENDS, geo_sigmoid, ddpm(beta_schedule="sigmoid"))],
    "laplace": [({}, laplace, None)],
    "quadratic": [({}, quadratic, None), (ENDS, scaled_linear, ddpm(beta_schedule="scaled_linear"))],
    "exponential": [({}, exponential, None), (ENDS, exponential, None)],
    "constant": [({"value": "0.01"}, lambda steps, value: [mpf(value)] * steps, None)],
}
ZERO_TERMINAL = {
    "linear": [(ENDS, linear, (DDIMScheduler, dict(rescale_betas_zero_snr=True))), ({}, linear, None)],
    "scaled-linear": [(LATENT, scaled_linear, (DDIMScheduler, dict(
        rescale_betas_zero_snr=True, beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012)))],
    "cosine": [({}, discretised(cosine), (DDIMScheduler, dict(
        rescale_betas_zero_snr=True, beta_schedule="squaredcos_cap_v2")))],
    "sigmoid": [({}, discretised(sigmoid), None)],
}


def places(steps):
    """Both ends, the middle, and some twenty between."""
    return sorted({round(i * (steps - 1) / 20) for i in range(21)} | {0, 1, steps // 2 - 1, steps - 2, steps - 1})


def table(name, steps, parameters, betas, diffusers, zero):
    betas = betas(steps, **parameters)
    if zero:
        betas = zero_terminal(betas)
    bars = products(betas)
    row = {"schedule": name, "steps": steps, "rescale_zero_snr": zero,
           "parameters": {key: float(value) for key, value in parameters.items()}}
    if diffusers:
        kind, arguments = diffusers
        theirs = kind(num_train_timesteps=steps, **arguments).betas.double().numpy()
        away = np.abs(theirs - np.array([float(beta) for beta in betas])).max()
        # Theirs are float32, and ᾱ/ᾱ of float32 loses digits where ᾱ is small: zero terminal SNR.
        assert away < (3e-4 if zero else 2e-7), (name, steps, away)
        row["diffusers"] = {"class": kind.__name__, "arguments": arguments, "largest_difference": float(f"{away:.1e}")}
    at = places(steps)
    row |= {"timesteps": at, "betas": [float(betas[t]) for t in at], "alphas_cumprod": [float(bars[t]) for t in at],
            "sum_of_betas": float(sum(betas)), "sum_of_alphas_cumprod": float(sum(bars))}
    return row


def departures():
    """Schedules of the same name that are others in diffusers."""
    rows = []
    for name, ours, arguments, why in [
        ("sigmoid", discretised(sigmoid), dict(beta_schedule="sigmoid"), "a schedule of β (GeoDiff)"),
        ("laplace", laplace, dict(beta_schedule="laplace"), "ᾱ is the root of the logistic function of λ"),
    ]:
        bars = products(ours(1000))
        theirs = DDPMScheduler(**arguments).alphas_cumprod.double()
        rows.append({"schedule": name, "class": "DDPMScheduler", "arguments": arguments, "why": why,
                     "timesteps": [0, 499, 999], "ours": [float(bars[t]) for t in (0, 499, 999)],
                     "theirs": [float(f"{theirs[t].item():.7g}") for t in (0, 499, 999)]})
    bars = products(exponential(1000))
    theirs = HeunDiscreteScheduler(beta_schedule="exp").alphas_cumprod.double()
    rows.append({"schedule": "exponential", "class": "HeunDiscreteScheduler", "arguments": dict(beta_schedule="exp"),
                 "why": "ᾱ = e^(−12u): one β throughout", "timesteps": [0, 499, 999],
                 "ours": [float(bars[t]) for t in (0, 499, 999)],
                 "theirs": [float(f"{theirs[t].item():.7g}") for t in (0, 499, 999)]})
    return rows


# Timesteps.

def linspace(n, total):
    return [total - 1] if n == 1 else [round(Fraction(i * (total - 1), n - 1)) for i in range(n)]


def trailing(n, total):
    return [round(total - Fraction(i * total, n)) - 1 for i in reversed(range(n))]


def leading(n, total):
    return [total - 1] if n == 1 else [i * (total // n) for i in range(n)]


def fingerprint(timesteps):
    """Tells two lists apart: Σ (i + 1)·τ_i."""
    return sum((i + 1) * t for i, t in enumerate(timesteps))


def spacings(total=1000):
    out = {}
    for name, exact in [("linspace", linspace), ("trailing", trailing), ("leading", leading)]:
        scheduler = DDPMScheduler(num_train_timesteps=total, timestep_spacing=name)
        differ, longer, prints = {}, [], []
        for n in range(1, total + 1):
            ours = exact(n, total)
            prints.append(fingerprint(ours))
            scheduler.set_timesteps(n)
            theirs = scheduler.timesteps.tolist()[::-1]
            if len(theirs) != n:
                assert len(theirs) == n + 1 and theirs[0] == -1, n
                longer.append(n)
                theirs = theirs[1:]
            if theirs != ours:
                differ[n] = [[place, a, b] for place, (a, b) in enumerate(zip(ours, theirs)) if a != b]
        out[name] = {"lists": {n: exact(n, total) for n in (1, 2, 7, 10, 27, 50)}, "fingerprints": prints,
                     "diffusers_has_one_more": longer, "diffusers_differs": differ}
        print(f"{name}: diffusers lists one more for {len(longer)} of {total} n, others for {len(differ)}: {list(differ)[:8]}")
    return out


# Levels.

def levels(total=1000):
    """Lists of σ' = σ/α of the linear schedule, from timestep T − 1 to 0, and the timesteps that the network hears: linear in
    ln σ' between those of the table."""
    bars = products(linear(total))
    table = [mp.sqrt((1 - bar) / bar) for bar in bars]

    def heard(sigma):
        t = min(max(sum(1 for x in table if x <= sigma) - 1, 0), total - 2)
        return t + (mp.log(sigma) - mp.log(table[t])) / (mp.log(table[t + 1]) - mp.log(table[t]))

    rows = []
    for name, first, last, sizes in [("karras", table[-1], table[0], (7, 10, 20, 50)),
                                     ("exponential", table[-1], table[0], (7, 10, 20, 50)),
                                     ("karras", mpf(80), mpf("0.002"), (18,))]:
        for n in sizes:
            share = [mpf(i) / (n - 1) for i in range(n)]
            if name == "karras":
                a, b = first ** (mpf(1) / 7), last ** (mpf(1) / 7)
                sigmas = [(a + s * (b - a)) ** 7 for s in share]
            else:
                sigmas = [mp.exp(mp.log(first) + s * (mp.log(last) - mp.log(first))) for s in share]
            row = {"spacing": name, "steps": n, "sigmas": [float(x) for x in sigmas]}
            if first == table[-1]:
                # The ends are timesteps; rounding must not move them.
                told = [float(heard(x)) for x in sigmas]
                assert abs(told[0] - (total - 1)) < 1e-12 and abs(told[-1]) < 1e-12
                row["timesteps"] = [round(told[0]), *told[1:-1], round(told[-1])]
            rows.append(row)

    def between(t):
        """σ' at a timestep that need not be whole."""
        below = min(int(t), total - 2)
        a, b = mp.log(table[below]), mp.log(table[below + 1])
        return mp.exp(a + (t - below) * (b - a))
    for name in ("quadratic", "sgm-uniform"):
        for n in (7, 10, 20, 50):
            if name == "quadratic":
                told = [(total - 1) * (1 - mpf(i) / (n - 1)) ** 2 for i in range(n)]
            else:
                told = [(total - 1) * (1 - mpf(i) / n) for i in range(n)]
            rows.append({"spacing": name, "steps": n, "sigmas": [float(between(t)) for t in told],
                         "timesteps": [float(t) for t in told]})
    return rows


# Processes.

def processes():
    """α, σ and what the network hears at u from data to noise."""
    def trig(u):
        return mp.cos(mp.pi * u / 2) if u != 1 else mpf(0), mp.sin(mp.pi * u / 2), 1000 * u

    def sub_vp(u, low=mpf("0.1"), high=mpf(20)):
        b = u * low + u**2 * (high - low) / 2
        return mp.exp(-b / 2), 1 - mp.exp(-b), 1000 * u

    def ve(u, low=mpf("0.01"), high=mpf(50)):
        sigma = low * (high / low) ** u
        return mpf(1), sigma, mp.log(sigma)

    def edm(u, low=mpf("0.002"), high=mpf(80), rho=7):
        a, b = low ** (mpf(1) / rho), high ** (mpf(1) / rho)
        sigma = (a + u * (b - a)) ** rho
        return mpf(1), sigma, mp.log(sigma) / 4

    def flow(u, shift=1):
        u = shift * u / (1 + (shift - 1) * u)
        return 1 - u, u, 1000 * u

    rows = []
    for name, parameters, level in [("sub-vp", {}, sub_vp), ("ve", {}, ve), ("edm", {}, edm), ("flow", {}, flow),
                                    ("flow", {"shift": 3}, flow), ("trig", {}, trig)]:
        us = [mpf(u) for u in ("0.001", "0.1", "0.25", "0.5", "0.75", "0.9", "1")]
        values = [level(u, **parameters) for u in us]
        rows.append({"process": name, "parameters": parameters, "u": [float(u) for u in us],
                     "signal": [float(v[0]) for v in values], "sigma": [float(v[1]) for v in values],
                     "time": [float(v[2]) for v in values]})
    return rows


def make():
    rows = [table(name, steps, *schedule, zero) for zero, kinds in [(False, SCHEDULES), (True, ZERO_TERMINAL)]
            for name, schedules in kinds.items() for schedule in schedules for steps in (10, 100, 1000, 4000)]
    return {"schedules.json": {"schedules": rows, "departures": departures(), "processes": processes()},
            "spacings.json": {"timesteps_of_1000": spacings(), "levels_of_linear_1000": levels()}}


def written(value):
    """A line a row."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in value) + "\n]"
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(str(key))}: " + (
            json.dumps(row, separators=(",", ":")) if not isinstance(row, (dict, list)) or key in ("lists", "fingerprints")
            else written(row)) for key, row in value.items()) + "\n}"
    return json.dumps(value, separators=(",", ":"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the files that are there")
    options = parser.parse_args()
    logging.set_verbosity_error()
    different = []
    for name, value in make().items():
        text = written(value) + "\n"
        assert json.loads(text)
        if not options.check:
            (HERE / name).write_text(text)
        elif (HERE / name).read_text() != text:
            different.append(name)
    if options.check:
        print("different: " + ", ".join(different) if different else "the same")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
