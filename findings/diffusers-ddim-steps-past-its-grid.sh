#!/usr/bin/env bash
# diffusers 0.42.1: DDIMScheduler goes to t − ⌊T/n⌋, whatever timestep it asks the network about next.
#
# One would guess that a step goes from one timestep of scheduler.timesteps to the next, as DDPMScheduler's does and as
# Song 2021 has it.
# What happens: that holds for leading spacing, and for trailing where n divides T. With linspace the timesteps lie
# (T − 1)/(n − 1) apart and each step goes back by ⌊T/n⌋ alone: with 10 of 1000 steps from 999 to the noise of 899, which
# the network is then told to be that of 888. For data N(0, ¼) and the exact denoiser the samples' variance is 0.1755,
# where steps from timestep to timestep give 0.1308; with trailing spacing and 60 steps 0.2422 in place of 0.2266.
# What follows: two spacings of DDIM compared through diffusers differ by more than spacing; a sampler of one's own that
# matches it with leading does not with linspace. To have steps that meet, take trailing or leading and a number of steps
# that divides T. The workbench goes from each timestep to the next one.
#
# Output seen:
#   linspace, 10 steps: variance 0.1755; from timestep to timestep 0.1308
#   trailing, 60 steps: variance 0.2422; from timestep to timestep 0.2266
#   trailing, 50 steps: variance 0.2222; from timestep to timestep 0.2222
#   leading, 60 steps: variance 0.2283; from timestep to timestep 0.2283
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1 numpy
cat > "$place/try.py" <<'PYTHON'
import torch
from diffusers import DDIMScheduler

VARIANCE = 0.25


def best_noise(x, alpha):
    """The best prediction of the noise where data are N(0, VARIANCE)."""
    return (1 - alpha).sqrt() * x / (alpha * VARIANCE + 1 - alpha)


# Both are deterministic and linear in x: one number is the standard deviation of what comes out.
def through_the_scheduler(scheduler):
    x = torch.ones((), dtype=torch.float64)
    for t in scheduler.timesteps:
        x = scheduler.step(best_noise(x, scheduler.alphas_cumprod[t].double()), t, x).prev_sample
    return x.item() ** 2


def from_timestep_to_timestep(scheduler):
    x = torch.ones((), dtype=torch.float64)
    alphas = scheduler.alphas_cumprod[scheduler.timesteps].double()
    for alpha, after in zip(alphas, [*alphas[1:], torch.ones((), dtype=torch.float64)]):
        noise = best_noise(x, alpha)
        x = after.sqrt() * (x - (1 - alpha).sqrt() * noise) / alpha.sqrt() + (1 - after).sqrt() * noise
    return x.item() ** 2


for spacing, steps, *expected in [("linspace", 10, 0.1755, 0.1308), ("trailing", 60, 0.2422, 0.2266),
                                  ("trailing", 50, 0.2222, 0.2222), ("leading", 60, 0.2283, 0.2283)]:
    scheduler = DDIMScheduler(timestep_spacing=spacing, clip_sample=False)
    scheduler.set_timesteps(steps)
    seen = through_the_scheduler(scheduler), from_timestep_to_timestep(scheduler)
    print(f"{spacing}, {steps} steps: variance {seen[0]:.4f}; from timestep to timestep {seen[1]:.4f}")
    assert all(abs(a - b) < 2e-4 for a, b in zip(seen, expected)), seen
PYTHON
"$place/venv/bin/python" "$place/try.py"
