"""The samplers from their papers, plainly, for make_oracle.py: in y = x/α at levels σ' = σ/α (here `s`), where every process has
the ODE dy/dσ' = (y − x̂0)/σ'. `x0(y, s)` is the denoiser, `s` the levels from the noisiest with the 0 at the end, `z` gives
standard normals in the order of use. A value a level: nothing is vectorised, nothing shared with the code under test.
"""
import numpy as np
from numpy.polynomial import Polynomial


def slope(y, s, x0):
    return (y - x0(y, s)) / s


def euler(y, s, x0, z=None):
    """Song J. 2021, eq. 13 (DDIM with η = 0 is Euler's method in y)."""
    for a, b in zip(s, s[1:]):
        y = y + (b - a) * slope(y, a, x0)
    return y


def heun(y, s, x0, z=None):
    """Karras 2022, algorithm 1."""
    for a, b in zip(s, s[1:]):
        d = slope(y, a, x0)
        end = y + (b - a) * d
        y = end if b == 0 else y + (b - a) * (d + slope(end, b, x0)) / 2
    return y


def dpm2(y, s, x0, z=None):
    """Karras 2022's explicit midpoint with the midpoint in ln σ' (Lu 2022, DPM-Solver-2, r = ½), as k-diffusion has it."""
    for a, b in zip(s, s[1:]):
        d = slope(y, a, x0)
        if b == 0:
            return y - a * d
        m = np.sqrt(a * b)
        y = y + (b - a) * slope(y + (m - a) * d, m, x0)
    return y


def lms(y, s, x0, z=None, order=4):
    """Adams–Bashforth on a grid that is not uniform: Lagrange's polynomial of the last slopes, integrated over the step, in
    shares of it (in σ' itself the digits cancel)."""
    past = []
    for i, (a, b) in enumerate(zip(s, s[1:])):
        past = ([(a, slope(y, a, x0))] + past)[:order]
        for j, (at, d) in enumerate(past):
            basis = Polynomial([1.0])
            for k, (other, _) in enumerate(past):
                if k != j:
                    basis *= Polynomial([-(other - a) / (b - a), 1]) * ((b - a) / (at - other))
            y = y + (b - a) * basis.integ()(1) * d
    return y


def pndm(y, s, x0, z=None):
    """Liu 2022, eq. 9 and 12 with the start of Katherine Crowson's PLMS: the first step is made again with the mean of its
    slope and the next level's. Coefficients are those of a uniform grid."""
    past = []
    for i, (a, b) in enumerate(zip(s, s[1:])):
        if i == 0:
            d = slope(y, a, x0)
            past.append(d)
            if b == 0:
                return y - a * d
            y = y + (b - a) * (d + slope(y + (b - a) * d, b, x0)) / 2
            continue
        past = past[-3:] + [slope(y, a, x0)]
        d = {2: lambda p: (3 * p[-1] - p[-2]) / 2, 3: lambda p: (23 * p[-1] - 16 * p[-2] + 5 * p[-3]) / 12,
             4: lambda p: (55 * p[-1] - 59 * p[-2] + 37 * p[-3] - 9 * p[-4]) / 24}[len(past)](past)
        y = y + (b - a) * d
    return y


def deis(y, s, x0, z=None, order=2):
    """Zhang & Chen 2023, tAB-DEIS in ln ρ: Lagrange's polynomial in ln σ' of the last slopes, integrated over σ'; to 0 by x̂0."""
    def integral(basis, end):
        """∫ basis(ln σ) dσ, by parts: e^u·Σ (−1)^k basis^(k)(u)."""
        u, total, sign = np.log(end), 0.0, 1
        while True:
            total += sign * basis(u)
            if basis.degree() == 0:
                return end * total
            basis, sign = basis.deriv(), -sign

    past = []
    for a, b in zip(s, s[1:]):
        d = slope(y, a, x0)
        past = ([(np.log(a), d)] + past)[:order]
        if b == 0:
            return y - a * d
        for j, (at, d) in enumerate(past):
            basis = Polynomial([1.0])
            for k, (other, _) in enumerate(past):
                if k != j:
                    basis *= Polynomial([-other, 1]) / (at - other)
            y = y + (integral(basis, b) - integral(basis, a)) * d
    return y


def dpmpp_2m(y, s, x0, z=None):
    """Lu 2022 (DPM-Solver++), algorithm 2; of first order at the first step and at that to 0."""
    before = None
    for i, (a, b) in enumerate(zip(s, s[1:])):
        now = x0(y, a)
        if b == 0:
            return now
        h = np.log(a / b)
        d = now if i == 0 else now + h / (2 * np.log(s[i - 1] / a)) * (now - before)
        y = b / a * y - np.expm1(-h) * d
        before = now
    return y


def dpmpp_3m(y, s, x0, z=None, lowered=0):
    """The multistep solver of third order (Lu 2022, appendix; `multistep_dpm_solver_third_update`): x̂0 as a parabola through three
    levels, its divided differences weighted with e^−h's integrals. `lowered`: the last step but one is of second order if
    n is below this."""
    n, past = len(s) - 1, []
    for i, (a, b) in enumerate(zip(s, s[1:])):
        past = ([(a, x0(y, a))] + past)[:3]
        if b == 0:
            return past[0][1]
        h = np.log(a / b)
        phi1 = np.expm1(-h)
        now = past[0][1]
        y_new = b / a * y - phi1 * now
        if len(past) > 1:
            first = h / np.log(past[1][0] / a) * (now - past[1][1])
        if len(past) == 2 or (i == n - 2 and n < lowered and len(past) > 1):
            y_new = y_new - phi1 / 2 * first
        elif len(past) == 3:
            r0, r1 = np.log(past[1][0] / a) / h, np.log(past[2][0] / past[1][0]) / h
            second = (past[1][1] - past[2][1]) / r1
            d1 = first + r0 / (r0 + r1) * (first - second)
            d2 = (first - second) / (r0 + r1)
            y_new = y_new + (phi1 / h + 1) * d1 - ((phi1 + h) / h**2 - 0.5) * d2
        y = y_new
    return y


def dpmpp_2s(y, s, x0, z=None):
    """Lu 2022 (DPM-Solver++), algorithm 1, r = ½: two evaluations a step, one at that to 0."""
    for a, b in zip(s, s[1:]):
        now = x0(y, a)
        if b == 0:
            return now
        m, h = np.sqrt(a * b), np.log(a / b)
        u = m / a * y - np.expm1(-h / 2) * now
        y = b / a * y - np.expm1(-h) * x0(u, m)
    return y


def unipc(y, s, x0, z=None, order=2):
    """Zhao 2023, UniPC-p with B₂(h) = e^h − 1 of the data prediction: predictor of order p, corrector of p + 1 from the level it
    arrives at, with no further evaluation. Order rises from 1 and falls to 1 at the last step, if that is to 0."""
    n = len(s) - 1

    def change(a, b, past, p, arrived=None):
        """What y gains from the levels before and, as corrector, from that it has arrived at."""
        h = np.log(a / b) if b > 0 else np.inf
        now = past[0][1]
        out = -np.expm1(-h) * now
        rs, ds = [], []
        for at, value in past[1:p]:
            r = np.log(a / at) / h
            rs.append(r)
            ds.append((value - now) / r)
        if arrived is not None:
            rs.append(1.0)
            ds.append(arrived - now)
        if not rs:
            return out
        b_of_h = np.expm1(-h)
        q = len(rs)
        if arrived is None and q == 1:
            weights = [0.5]
        elif arrived is not None and q == 1:
            weights = [0.5]
        else:
            phi, right, factorial = np.expm1(-h) / -h - 1, [], 1
            for k in range(1, q + 1):
                right.append(phi * factorial / b_of_h)
                factorial *= k + 1
                phi = phi / -h - 1 / factorial
            weights = np.linalg.solve(np.array([[r ** k for r in rs] for k in range(q)]), right)
        return out - b_of_h * sum(w * d for w, d in zip(weights, ds))

    past, last, p = [], None, 0
    for i, (a, b) in enumerate(zip(s, s[1:])):
        now = x0(y, a)
        if last is not None:
            y = a / past[0][0] * last + change(past[0][0], a, past, p, now)
        past = ([(a, now)] + past)[:order]
        p = min(order, n - i if s[-1] == 0 else order, i + 1)
        last = y
        y = b / a * y + change(a, b, past, p)
    return y


# Samplers with noise.

def ancestral_step(a, b):
    up = b * np.sqrt(max(0, a**2 - b**2)) / a
    return np.sqrt(b**2 - up**2), up


def euler_ancestral(y, s, x0, z):
    """Ancestral sampling in y: to σ_down by Euler, then noise of σ_up."""
    for a, b in zip(s, s[1:]):
        down, up = ancestral_step(a, b)
        y = y + (down - a) * slope(y, a, x0)
        if b > 0:
            y = y + up * z()
    return y


def dpm2_ancestral(y, s, x0, z):
    for a, b in zip(s, s[1:]):
        down, up = ancestral_step(a, b)
        d = slope(y, a, x0)
        if down == 0:
            y = y - a * d
            continue
        m = np.sqrt(a * down)
        y = y + (down - a) * slope(y + (m - a) * d, m, x0) + up * z()
    return y


def dpmpp_2m_sde(y, s, x0, z):
    """Lu 2022 (DPM-Solver++), SDE-DPM-Solver++(2M), midpoint."""
    before = None
    for i, (a, b) in enumerate(zip(s, s[1:])):
        now = x0(y, a)
        if b == 0:
            return now
        h = np.log(a / b)
        d = now if i == 0 else now + h / (2 * np.log(s[i - 1] / a)) * (now - before)
        y = b / a * np.exp(-h) * y - np.expm1(-2 * h) * d + b * np.sqrt(-np.expm1(-2 * h)) * z()
        before = now
    return y


def dpmpp_sde(y, s, x0, z):
    """SDE-DPM-Solver++ by the singlestep rule, r = ½: both moves begin at the same y, and their noise is that of one Brownian path
    over ln σ', of which the first half is the first move's."""
    for a, b in zip(s, s[1:]):
        now = x0(y, a)
        if b == 0:
            return now
        m, first = np.sqrt(a * b), z()
        whole = (first + z()) / np.sqrt(2)

        def move(value, to, normal):
            share = (to / a) ** 2
            return share * y + (1 - share) * value + to * np.sqrt(1 - share) * normal
        y = move(x0(move(now, m, first), m), b, whole)
    return y


def variance_preserving(s):
    alpha = 1 / np.sqrt(1 + np.square(s))
    return alpha, s * alpha


def euler_maruyama(y, s, x0, z):
    """Song Y. 2021, section 4.1, of the variance-preserving SDE in x = α·y: f·Δu = ln(α₊/α), g²·Δu = α²·(σ'² − σ'₊²); to 0 by x̂0."""
    for a, b in zip(s, s[1:]):
        if b == 0:
            return x0(y, a)
        (alpha, sigma), (after, _) = variance_preserving(a), variance_preserving(b)
        x, epsilon = alpha * y, slope(y, a, x0)
        g2 = alpha**2 * (a**2 - b**2)
        y = (x + np.log(after / alpha) * x - g2 / sigma * epsilon + np.sqrt(g2) * z()) / after
    return y


def reverse_diffusion(y, s, x0, z):
    """Song Y. 2021, appendix E, of the variance-preserving process in x = α·y, without a corrector, which is not affine:
    x ← (2 − √(1 − β'))·x + β'·score + √β'·z; to 0 by x̂0."""
    for a, b in zip(s, s[1:]):
        if b == 0:
            return x0(y, a)
        (alpha, sigma), (after, _) = variance_preserving(a), variance_preserving(b)
        beta = 1 - (alpha / after) ** 2
        x, epsilon = alpha * y, slope(y, a, x0)
        y = ((2 - np.sqrt(1 - beta)) * x - beta / sigma * epsilon + np.sqrt(beta) * z()) / after
    return y


def edm(y, s, x0, z, churn=0.0):
    """Karras 2022, algorithm 2."""
    n = len(s) - 1
    gamma = min(churn / n, np.sqrt(2) - 1)
    for a, b in zip(s, s[1:]):
        hat = a * (1 + gamma)
        y = y + np.sqrt(hat**2 - a**2) * z()
        d = slope(y, hat, x0)
        end = y + (b - hat) * d
        y = end if b == 0 else y + (b - hat) * (d + slope(end, b, x0)) / 2
    return y
