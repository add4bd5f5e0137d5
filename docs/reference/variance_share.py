"""The shares of Sources/Statistics/VarianceShare.swift by other means, for Tests/StatisticsTests/VarianceShareTests.swift.

python3 variance_share.py            goldens: epsilon squared through scipy's F, the interval by numpy
python3 variance_share.py coverage   how often the interval includes 0, and the true share, over simulated searches
Needs numpy and scipy.
"""

import sys

import numpy as np
from scipy.stats import f_oneway

RESAMPLES = 1999
MASK = (1 << 64) - 1


def indices(count, state=0x76617269616E6365):
    """SplitMix64's numbers below count."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield ((z ^ (z >> 31)) * count) >> 64


def epsilon_squared(levels, values):
    """By the F of a one-way analysis of variance: (k - 1)(F - 1) / ((k - 1) F + n - k)."""
    groups = [values[levels == level] for level in np.unique(levels)]
    k, n = len(groups), len(values)
    if k == 1:
        return 0.0
    f = f_oneway(*groups).statistic
    return 1.0 if np.isinf(f) else (k - 1) * (f - 1) / ((k - 1) * f + n - k)


def share(settings, draw=None):
    """settings: [(level, [values])]. Returns epsilon squared and the ends of its interval."""
    settings = sorted((level, sorted(values)) for level, values in settings)

    def of(chosen):
        levels = np.concatenate([[level] * len(values) for level, values in chosen])
        return epsilon_squared(levels, np.concatenate([values for _, values in chosen]))

    draw = draw or indices(len(settings))
    resampled = np.sort([of([settings[next(draw)] for _ in settings]) for _ in range(RESAMPLES)])
    own = of(settings)
    bias = resampled.mean() - own
    return own, resampled[49] - bias, resampled[1949] - bias


def example(name):
    """Settings with values that both programs compute alike, to the last bit."""
    if name == "one seed":
        return [(i % 3, [(i * 37 % 17) / 16 + (i % 3) / 2]) for i in range(15)]
    if name == "seeds":
        return [(i % 2, [(i * 37 % 17) / 16 + (i % 2) + (s * 29 + i * 13) % 11 / 32 for s in range(3)]) for i in range(10)]
    if name == "nothing":
        return [(i % 4, [(i * 53 % 31) / 16]) for i in range(24)]
    if name == "uneven":
        return [(min(i // 5, 2), [1e6 + (i * i % 23) / 8 + min(i // 5, 2)] * (1 + i % 2)) for i in range(18)]


def coverage():
    rng = np.random.default_rng(7)
    for m, k, seeds, true, other in [
        (8, 2, 1, 0, 0), (12, 3, 1, 0, 0), (12, 4, 1, 0, 0), (24, 4, 1, 0, 0), (50, 4, 1, 0, 0), (50, 4, 1, 0.3, 0),
        (20, 4, 1, 0.7, 0), (12, 3, 1, 0.5, 0), (12, 3, 3, 0, 0.5), (24, 4, 3, 0, 0.9), (24, 4, 3, 0.3, 0.5),
    ]:
        includes, covers, experiments = 0, 0, 1000
        effect = np.linspace(-1, 1, k)
        effect /= effect[np.arange(m) % k].std()
        for _ in range(experiments):
            level = rng.permutation(np.arange(m) % k)
            own = np.sqrt((1 - true) * other) * rng.normal(size=(m, 1))
            noise = np.sqrt((1 - true) * (1 - other)) * rng.normal(size=(m, seeds))
            y = np.sqrt(true) * effect[level][:, None] + own + noise

            def fast(index):
                g, v = level[index], y[index]
                n = m * seeds
                mean = v.mean((1, 2))[:, None, None]
                between, classes = 0, 0
                for j in range(k):
                    mask = g == j
                    count = mask.sum(1) * seeds
                    sums = ((v - mean) * mask[:, :, None]).sum((1, 2))
                    between = between + np.where(count > 0, sums**2 / np.maximum(count, 1), 0)
                    classes = classes + (count > 0)
                total = ((v - mean) ** 2).sum((1, 2))
                return (between - (classes - 1) * (total - between) / (n - classes)) / total

            estimate = fast(np.arange(m)[None])[0]
            resampled = fast(rng.integers(0, m, (RESAMPLES, m)))
            resampled = np.sort(resampled[np.isfinite(resampled)])
            bias = resampled.mean() - estimate
            low, high = resampled[49] - bias, resampled[1949] - bias
            includes += low <= 0
            covers += max(low, 0) <= true <= max(high, 0) if true == 0 else low <= true <= high
        print(f"{m} settings, {k} classes, {seeds} seeds, share {true}, of the rest another parameter's {other}: "
              f"includes 0 in {includes / experiments:.1%}, covers in {covers / experiments:.1%}")


if __name__ == "__main__":
    if sys.argv[1:] == ["coverage"]:
        coverage()
    else:
        for name in ["one seed", "seeds", "nothing", "uneven"]:
            print(name, *(repr(float(x)) for x in share(example(name))))
