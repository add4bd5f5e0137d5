"""Prints the distances that DistributionDistanceTests.swift expects, in float64 and by other ways than the code's own.

    pip install numpy scipy
    python make_distances.py

Points are sines, rounded to float32, so that both sides have the same: x_i = sin(1.3 i + 0.2), y_i = 0.8 cos(0.7 i) + 0.1;
in two dimensions row i is (x_2i, x_2i+1).
"""
import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, linprog
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance, norm


def xs(n):
    return np.sin(1.3 * np.arange(n) + 0.2).astype(np.float32).astype(np.float64)


def ys(n):
    return (0.8 * np.cos(0.7 * np.arange(n)) + 0.1).astype(np.float32).astype(np.float64)


def transport(x, y):
    """W2 by the linear programme of its definition: x (N, D), y (M, D)."""
    n, m = len(x), len(y)
    cost = cdist(x, y, "sqeuclidean").ravel()
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    result = linprog(cost, A_eq=np.vstack([rows, columns]),
                     b_eq=np.concatenate([np.full(n, 1 / n), np.full(m, 1 / m)]), method="highs")
    return np.sqrt(result.fun)


def to_mixture(x, means, deviation, weights):
    """W2 from the integral over quantiles."""
    x, n = np.sort(x), len(x)

    def quantile(u):
        return brentq(lambda v: sum(w * norm.cdf((v - m) / deviation) for w, m in zip(weights, means)) - u, -20, 20,
                      xtol=1e-15)

    total = sum(quad(lambda u: (v - quantile(u)) ** 2, i / n, (i + 1) / n, epsabs=1e-13, limit=400)[0]
                for i, v in enumerate(x))
    return np.sqrt(total)


def energy(x, y):
    return np.sqrt(2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean())


def sliced(x, y, count):
    angles = np.pi * (np.arange(count) + 0.5) / count
    squares = [transport((x @ [np.cos(a), np.sin(a)])[:, None], (y @ [np.cos(a), np.sin(a)])[:, None]) ** 2
               for a in angles]
    return np.sqrt(np.mean(squares))


if __name__ == "__main__":
    print("W2, 12 and 12:", transport(xs(12)[:, None], ys(12)[:, None]))
    print("W2, 12 and 7:", transport(xs(12)[:, None], ys(7)[:, None]))
    print("W2 to the mixture:", to_mixture(xs(12), [-1, 1], 0.3, [0.25, 0.75]))
    print("energy, 12 and 7:", energy(xs(12)[:, None], ys(7)[:, None]), energy_distance(xs(12), ys(7)))
    print("energy in 2D, 10 and 8:", energy(xs(20).reshape(-1, 2), ys(16).reshape(-1, 2)))
    print("sliced W2, 10 and 10:", sliced(xs(20).reshape(-1, 2), ys(20).reshape(-1, 2), 128))
    print("mean, variance within classes i mod 3:", xs(12).mean(),
          sum(((xs(12)[c::3] - xs(12)[c::3].mean()) ** 2).sum() for c in range(3)) / (12 - 3))
