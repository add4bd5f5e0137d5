#!/usr/bin/env bash
# diffusers 0.42.1: trailing spacing, 61 steps, and the last one asks the network about timestep −1.
#
# One would guess that timestep_spacing="trailing" with n steps visits n timesteps, the last of them near 0, for any n:
# it is the spacing that the literature recommends (Lin 2023).
# What happens: the grid is arange(T, 0, −T/n) in floating point. For 62 of the numbers from 1 to 1000 of T = 1000 (61,
# 103, 121, 122 …) rounding puts in one more value, near 0, so there are n + 1 steps and the last is at timestep −1. As
# an index that is the noisiest level, so the finished image is taken for pure noise: for data N(0, ¼) and the exact
# denoiser 60 steps of DDPM leave a variance of 0.2038, 62 leave 0.2044, and 61 leave 0.0000. Nothing is said.
# DDIMScheduler has the same grid.
# What follows: with trailing spacing look at len(scheduler.timesteps) and at its last value, or take a number of steps
# that divides T. A curve of quality over the number of steps has holes otherwise. The workbench rounds T − i·T/n, a
# quotient of whole numbers each.
#
# Output seen:
#   of 1000 numbers of steps 62 have a timestep −1: 61 103 121 122 201 …
#   60 steps, the last at 16: variance 0.2038
#   62 steps, the last at -1: variance 0.0000
#   62 steps, the last at 15: variance 0.2044
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1 numpy
cat > "$place/try.py" <<'PYTHON'
import torch
from diffusers import DDPMScheduler


def sample(steps, variance=0.25):
    scheduler = DDPMScheduler(timestep_spacing="trailing", clip_sample=False)
    scheduler.set_timesteps(steps)
    x = torch.randn(100_000, 1, 1, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(1)
    for t in scheduler.timesteps:
        alpha = scheduler.alphas_cumprod[t].double()
        # The best prediction of the noise where data are N(0, variance).
        epsilon = (1 - alpha).sqrt() * x / (alpha * variance + 1 - alpha)
        x = scheduler.step(epsilon, t, x).prev_sample
    print(f"{len(scheduler.timesteps)} steps, the last at {scheduler.timesteps[-1]}: variance {x.var():.4f}")
    return len(scheduler.timesteps), scheduler.timesteps[-1].item(), x.var().item()


scheduler = DDPMScheduler(timestep_spacing="trailing")
below = []
for steps in range(1, 1001):
    scheduler.set_timesteps(steps)
    if scheduler.timesteps[-1] < 0:
        below.append(steps)
print(f"of 1000 numbers of steps {len(below)} have a timestep −1: {' '.join(map(str, below[:5]))} …")
assert below[:5] == [61, 103, 121, 122, 201] and len(below) == 62, below
for steps, count, last, variance in [(60, 60, 16, 0.2038), (61, 62, -1, 0), (62, 62, 15, 0.2044)]:
    seen = sample(steps)
    assert seen[:2] == (count, last) and abs(seen[2] - variance) < 0.003, seen
PYTHON
"$place/venv/bin/python" "$place/try.py"
