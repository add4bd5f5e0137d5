"""Writes features.json: two small sets of features and the measures of them, in float64, for FeatureMeasureGoldenTests.swift.

    pip install numpy scipy
    python make_features.py

Fréchet distances go through SciPy's square root of a matrix, the kernel distance through plain sums over pairs, the Vendi
score through the eigenvalues of the N by N matrix of cosines, precision and the others through all pairs' distances.
Features have three decimals, so that the file is short, and some rows are there twice or stand in both sets: ties.
"""
import json
import pathlib

import numpy as np
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist


def frechet(x, y):
    a, b = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    shift = x.mean(0) - y.mean(0)
    return shift @ shift + np.trace(a + b - 2 * np.real(sqrtm(a @ b)))


def infinity(x, y, most=4):
    """Intercept of the line through mean distances of disjoint blocks over 1/n."""
    sizes = [len(x) // b for b in range(1, most + 1)]
    means = [np.mean([frechet(x[j * n:(j + 1) * n], y) for j in range(b)]) for b, n in enumerate(sizes, 1)]
    return np.polyfit(1 / np.array(sizes), means, 1)[1]


def kernel(x, y):
    def k(a, b):
        return (a @ b / len(a) + 1) ** 3
    n, m = len(x), len(y)
    return (sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
            + sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
            - 2 * sum(k(a, b) for a in x for b in y) / (n * m))


def radii(x, k):
    """Distance of each row to its k-th nearest other row."""
    distances = cdist(x, x)
    return np.array([np.sort(np.delete(distances[i], i))[k - 1] for i in range(len(x))])


def manifold(samples, real):
    across = cdist(samples, real)
    return {
        "precision": np.mean([any(across[j] <= radii(real, 3)) for j in range(len(samples))]),
        "recall": np.mean([any(across[:, i] <= radii(samples, 3)) for i in range(len(real))]),
        "density": np.mean([np.sum(across[j] <= radii(real, 5)) / 5 for j in range(len(samples))]),
        "coverage": np.mean([any(across[:, i] <= radii(real, 5)[i]) for i in range(len(real))]),
    }


def vendi(x):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(unit @ unit.T / len(x))
    values = values[values > 1e-14]
    return np.exp(-np.sum(values * np.log(values)))


def copying(samples, held_out):
    return np.mean([(a < b) + (a == b) / 2 for a in samples for b in held_out])


if __name__ == "__main__":
    random = np.random.default_rng(0)
    dimension = 5
    mix = random.normal(size=(dimension, dimension))
    real = np.round(random.normal(size=(90, dimension)) @ mix, 3)
    samples = np.round(0.8 * random.normal(size=(62, dimension)) @ mix + 0.4, 3)
    real[7], real[8] = real[3], real[3]
    samples[10], samples[11] = samples[12], real[20]
    # Whole numbers: many pairs are exactly as far apart as others.
    whole = {"real": random.integers(0, 4, (50, 3)), "samples": random.integers(1, 5, (40, 3))}
    distances = {"samples": np.round(random.random(30), 2), "held_out": np.round(random.random(40) + 0.1, 2)}
    result = {
        "dimension": dimension, "real": real.ravel().tolist(), "samples": samples.ravel().tolist(),
        "frechet": frechet(samples, real), "infinity": infinity(samples, real), "kernel": kernel(samples, real),
        "vendi": vendi(samples), "manifold": manifold(samples, real),
        "wholeDimension": 3, "wholeReal": whole["real"].astype(float).ravel().tolist(),
        "wholeSamples": whole["samples"].astype(float).ravel().tolist(),
        "wholeManifold": manifold(whole["samples"].astype(float), whole["real"].astype(float)),
        "sampleDistances": distances["samples"].tolist(), "heldOutDistances": distances["held_out"].tolist(),
        "copying": copying(distances["samples"], distances["held_out"]),
    }
    place = pathlib.Path(__file__).with_name("features.json")
    place.write_text(json.dumps(result, indent=None, separators=(",", ":")) + "\n")
