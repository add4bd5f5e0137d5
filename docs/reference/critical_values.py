"""The critical values of Sources/Statistics/CriticalValue.swift, by simulation: docs/verdicts.md says of what.

python3 critical_values.py [K N ...]   c(K, N) of some settings and seeds; without any the whole table, hours of it.
Needs numpy. The table was made with 80,000 experiments a pattern for K·N <= 60, 40,000 to 200, 12,000 to 500 and 6,000
beyond, and is larger by 0.3 % for their error.
"""

import sys

import numpy as np

ALPHA = 0.045
SETTINGS = [3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 50, 100]
SEEDS = [2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30]


def spreads(k, ratio=3.0):
    """Patterns of standard deviations within a ratio; setting 0 is the baseline."""
    half, quarter = k // 2, k // 4

    def noisy(places, level=ratio, others=1.0):
        deviations = np.full(k, others)
        deviations[places] = level
        return deviations

    yield np.ones(k)
    yield noisy([0])
    yield noisy([0], level=2.0)
    yield noisy([0], level=1.0, others=ratio)
    yield noisy([1])
    yield noisy([1], level=1.0, others=ratio)
    yield noisy([0, 1])
    yield noisy(range(half))
    yield noisy(range(k - half, k))
    yield ratio ** np.linspace(0, 1, k)
    yield ratio ** np.linspace(1, 0, k)
    if k >= 8:
        yield noisy(range(quarter))
        yield noisy(range(k - quarter, k))
        middle = noisy([0])
        middle[1:quarter] = ratio**0.5
        yield middle


def standard_errors(values):
    """sqrt(V / n) and the mean difference of each setting and the baseline. values: (experiments, seeds, settings)"""
    _, n, k = values.shape
    means = values.mean(1)
    covariance = np.einsum("rni,rnj->rij", values - means[:, None], values - means[:, None]) / (n - 1)
    own = np.einsum("rii->ri", covariance)
    # The variance of the differences of each pair.
    pairs = np.maximum(own[:, :, None] + own[:, None, :] - 2 * covariance, 0)
    mean_of_setting = pairs.sum(2) / (k - 1)
    mean_of_all = mean_of_setting.mean(1, keepdims=True)
    noise = np.maximum(((k - 1) * mean_of_setting - k / 2 * mean_of_all) / (k - 2), 0)
    raised = noise + min(1, 2 / (n - 1)) * np.abs(noise - mean_of_all / 2)
    variance = np.maximum(raised[:, 1:] + raised[:, :1], pairs[:, 0, 1:])
    return np.sqrt(variance / n), means[:, 1:] - means[:, :1]


def critical_value(k, n, experiments=20_000, seed=1):
    """The largest over the patterns of the quantile of max |D| / sqrt(V / n)."""
    random = np.random.default_rng([seed, k, n])
    at_once = max(200, int(4e6 / (n * k + k * k)))
    largest = 0.0
    for deviations in spreads(k):
        ratios = []
        while sum(map(len, ratios)) < experiments:
            error, difference = standard_errors(random.standard_normal((at_once, n, k)) * deviations)
            ratios.append((np.abs(difference) / error).max(1))
        largest = max(largest, np.quantile(np.concatenate(ratios), 1 - ALPHA))
    return largest


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]]
    for k, n in zip(asked[::2], asked[1::2]) if asked else [(k, n) for k in SETTINGS for n in SEEDS]:
        print(k, n, f"{critical_value(k, n):.3f}", flush=True)
