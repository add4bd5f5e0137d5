#!/usr/bin/env bash
# diffusers 0.42.1: timestep_spacing="linspace" is three lists, "leading" two, and one class drops the option without a word.
#
# One would guess that a named spacing with n of T steps is one list of timesteps, so that schedulers that share
# timestep_spacing="linspace" (or take it over by from_config) differ by their rule of stepping alone.
# What happens: DDPM, DDIM and PNDM round linspace(0, T−1, n); Euler, Heun, KDPM2 and LMS do not round, and ask the network about
# 946.42; DPM-Solver, DEIS, UniPC and SA-Solver take n + 1 places and drop timestep 0 (leading: ⌊T/(n+1)⌋ apart, so 10
# steps begin at 900 in one class, at 900 = 10·90 in the other, but end at 0 or at 90). DPMSolverSinglestepScheduler has no such
# option: from_config with "trailing" keeps the word in its config and visits a linspace.
# What follows: two classes of one spacing are compared by their lists as much as by their rules: on the list of DDIM the variance of
# data N(0, ¼) with the exact denoiser is 0.4798 in 10 steps of DPM-Solver++ 2M, which does not like the long way from σ = 0.38 to
# timestep 0, and 0.1628 on its own, which leaves that out. Give all the same list: trailing is one in all that know it.
#
# Output seen:
#   DDIMScheduler: 999 946 894 … 105 53 0
#   EulerDiscreteScheduler: 999.00 946.42 893.84 … 105.16 52.58 0.00
#   DPMSolverMultistepScheduler: 999 949 899 … 150 100 50
#   DPMSolverSinglestepScheduler, trailing from a config: 999 949 899 … 150 100 50, config says trailing
#   trailing, both: 999 949 899 … 149 99 49
#   DPM-Solver++ 2M, 10 steps: variance 0.1628 on its own linspace, 0.4798 on DDIM's
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1 numpy
cat > "$place/try.py" <<'PYTHON'
import numpy as np
import torch
from diffusers import (DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, DPMSolverSinglestepScheduler,
                       EulerDiscreteScheduler)

VARIANCE = 0.25
# Of the process that the network was trained on: DDPMScheduler's.
TABLE = DDPMScheduler().alphas_cumprod.double()


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



def visited(scheduler):
    scheduler.set_timesteps(20)
    t = scheduler.timesteps.tolist()
    texts = [f"{x:.2f}" if isinstance(x, float) else str(x) for x in t]
    return t, " ".join(texts[:3]) + " … " + " ".join(texts[-3:])


lists = {}
for kind in (DDIMScheduler, EulerDiscreteScheduler, DPMSolverMultistepScheduler):
    lists[kind], text = visited(kind(timestep_spacing="linspace"))
    print(f"{kind.__name__}: {text}")
single = DPMSolverSinglestepScheduler.from_config(DDPMScheduler(timestep_spacing="trailing").config)
dropped, text = visited(single)
print(f"DPMSolverSinglestepScheduler, trailing from a config: {text}, config says {single.config.timestep_spacing}")
same = [visited(kind(timestep_spacing="trailing")) for kind in (DDIMScheduler, DPMSolverMultistepScheduler)]
print(f"trailing, both: {same[0][1]}")
a, b, c = lists.values()
assert a != b and a != c and a[-1] == 0 and c[-1] == 50 and dropped == c and same[0] == same[1]

# DDIM's list, given by hand: DPM-Solver takes a list of timesteps.
own = variance(DPMSolverMultistepScheduler(timestep_spacing="linspace"), 10)
scheduler = DPMSolverMultistepScheduler()
grid = DDIMScheduler(timestep_spacing="linspace")
grid.set_timesteps(10)
plain = scheduler.set_timesteps
scheduler.set_timesteps = lambda n: plain(timesteps=grid.timesteps.tolist())
other = variance(scheduler, 10)
print(f"DPM-Solver++ 2M, 10 steps: variance {own:.4f} on its own linspace, {other:.4f} on DDIM's")
assert abs(own - 0.1628) < 2e-4 and abs(other - 0.4798) < 2e-4
PYTHON
"$place/venv/bin/python" -W ignore "$place/try.py"
