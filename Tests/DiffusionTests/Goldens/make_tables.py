"""Prints the numbers of the noise process and the samplers that the tests compare with, from their
definitions alone, in float64 and without a sampler: python3 make_tables.py"""
import numpy as np


def linear(steps):
    scale = 1000 / steps
    return np.minimum(np.linspace(scale * 1e-4, scale * 0.02, steps), 0.999)


def cosine(steps, offset=0.008):
    f = np.cos((np.arange(steps + 1) / steps + offset) / (1 + offset) * np.pi / 2) ** 2
    return np.minimum(1 - f[1:] / f[:-1], 0.999)


def linspace(n, steps):
    return [round(i * (steps - 1) / (n - 1)) for i in range(n)]


def variance(n, step, v=0.25, steps=1000):
    """Var x after the last step for data N(0, v) and the best denoiser, which is x times a number:
    each step multiplies the variance by gain² and adds that of its noise."""
    betas = linear(steps)
    bars = np.cumprod(1 - betas)
    grid = linspace(n, steps)
    out = 1.0
    for i in reversed(range(n)):
        bar, previous = bars[grid[i]], bars[grid[i - 1]] if i else 1.0
        epsilon = np.sqrt(1 - bar) / (bar * v + 1 - bar)
        gain, noise = step(bar, previous, epsilon, betas[grid[i]], i == 0)
        out = gain**2 * out + noise
    return out


def ancestral(large):
    def step(bar, previous, epsilon, _, last):
        beta = 1 - bar / previous
        x0 = (1 - np.sqrt(1 - bar) * epsilon) / np.sqrt(bar)
        gain = np.sqrt(previous) * beta / (1 - bar) * x0
        gain += np.sqrt(1 - beta) * (1 - previous) / (1 - bar)
        noise = beta if large else beta * (1 - previous) / (1 - bar)
        return gain, 0 if last else noise
    return step


def ddim(bar, previous, epsilon, _, last):
    x0 = (1 - np.sqrt(1 - bar) * epsilon) / np.sqrt(bar)
    return np.sqrt(previous) * x0 + np.sqrt(1 - previous) * epsilon, 0


def naive(bar, previous, epsilon, beta, last):
    gain = 1 - beta / np.sqrt(1 - bar) * epsilon
    return (gain, 0) if last else (gain / np.sqrt(1 - beta), beta)


if __name__ == "__main__":
    for name, betas in [("linear", linear(1000)), ("cosine", cosine(1000))]:
        bars = np.cumprod(1 - betas)
        print(name, *(f"{bars[t]:.12g}" for t in (0, 499, 999)))
    print("linspace 50 of 1000", *linspace(50, 1000))
    for name, step, counts in [
        ("DDIM, eta 0", ddim, (10, 20, 50, 100, 250, 1000)),
        ("fixed-small", ancestral(False), (10, 20, 50, 100, 250, 1000)),
        ("fixed-large", ancestral(True), (50,)), ("naive-strided", naive, (50,)),
    ]:
        print(name, *(f"{n}: {variance(n, step):.5f}" for n in counts))
