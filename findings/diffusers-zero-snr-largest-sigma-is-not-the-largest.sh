#!/usr/bin/env bash
# diffusers 0.42.1: with rescale_betas_zero_snr Euler's first step may go to more noise.
#
# One would guess that the levels of a scheduler fall from the first to the last, and that zero terminal SNR makes the first one the
# largest of all.
# What happens: σ/α would be infinite at T − 1, so ᾱ is set to 2⁻²⁴ there, σ/α = 4096. But timesteps T − 2 and T − 3 have 15406 and
# 7668 (linear betas): a list that visits one of them right after T − 1 goes up. Euler then multiplies what it has wrong: for data
# N(0, ¼) and the exact v network 500 steps leave a variance of 0.8657 where DDIM leaves 0.2470, and 50 steps, which go from 4096
# to 58, 0.2221. init_noise_sigma takes the largest of the list, not the first. DPM-Solver++ 2M begins at 4096 as well, and its
# first step, which forgets x, makes that good.
# What follows: more steps are worse from some number on: a curve of quality over steps ends in a cliff. The workbench's first step from
# α = 0 is x̂0's, with no number in the place of infinity.
#
# Output seen:
#   levels at the last timesteps: 4096 15406 7668 5089
#   50 steps: Euler 0.2221, DDIM 0.2221
#   500 steps: Euler 0.8657, DDIM 0.2470
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1 numpy
cat > "$place/try.py" <<'PYTHON'
import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMScheduler, EulerDiscreteScheduler

VARIANCE = 0.25
# Without a signal at its last timestep.
TABLE = DDPMScheduler(rescale_betas_zero_snr=True).alphas_cumprod.double().clamp(min=2**-24)


def variance(scheduler, steps, prediction="epsilon"):
    """Of what the scheduler makes of N(0, 1), where data are N(0, VARIANCE) and the network is the best there is.
    Everything is linear in x, so one number is the standard deviation."""
    log_sigmas = ((1 - TABLE) / TABLE).log().numpy() / 2
    scheduler.set_timesteps(steps)
    x = torch.ones(1, 1, 1, 1, dtype=torch.float64) * float(scheduler.init_noise_sigma)
    for t in scheduler.timesteps:
        seen = scheduler.scale_model_input(x, t).double()
        alpha = 1 / (1 + np.exp(2 * np.interp(float(t), np.arange(len(TABLE)), log_sigmas)))
        total = alpha * VARIANCE + 1 - alpha
        noise, data = (1 - alpha) ** 0.5 * seen / total, alpha**0.5 * VARIANCE * seen / total
        output = noise if prediction == "epsilon" else alpha**0.5 * noise - (1 - alpha) ** 0.5 * data
        x = scheduler.step(output, t, x).prev_sample.double()
    return x.item() ** 2


options = dict(rescale_betas_zero_snr=True, timestep_spacing="trailing", prediction_type="v_prediction")
print("levels at the last timesteps:", *(f"{s:.0f}" for s in EulerDiscreteScheduler(**options).sigmas[:4]))
# The network's table ends at no signal at all.
TABLE[-1] = 1e-30
for steps, expected in [(50, (0.2221, 0.2221)), (500, (0.8657, 0.2470))]:
    seen = (variance(EulerDiscreteScheduler(**options), steps, "v"), variance(DDIMScheduler(clip_sample=False, **options), steps, "v"))
    print(f"{steps} steps: Euler {seen[0]:.4f}, DDIM {seen[1]:.4f}")
    assert all(abs(a - b) < 2e-4 for a, b in zip(seen, expected)), seen
PYTHON
"$place/venv/bin/python" -W ignore "$place/try.py"
