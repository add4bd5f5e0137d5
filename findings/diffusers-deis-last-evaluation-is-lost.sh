#!/usr/bin/env bash
# diffusers 0.42.1: with Karras sigmas DEISMultistepScheduler evaluates the network a last time and throws the answer away.
#
# One would guess that each evaluation of the network changes the sample, and that sampling ends without noise, as
# DPM-Solver's and UniPC's do: there is no option that says otherwise.
# What happens: DEIS has no final_sigmas_type and cannot step to 0 (its formula is 0·∞ there). Without Karras sigmas its last level
# is that of timestep 0; with Karras (exponential, beta) sigmas, which end there already, the last level is listed twice, and the
# last step goes from it to itself. Even 10⁶ for the network's last answer changes no bit.
# What follows: n steps are n − 1, and images keep the noise of timestep 0 (σ = 0.01 of linear betas). Take x̂0 of the last
# evaluation. The workbench's deis goes to 0 by x̂0.
#
# Output seen:
#   last sigmas: 0.0739 0.0100 0.0100; the 10th evaluation moved x by 0.0e+00, and with 10⁶ for an answer by 0.0e+00
#   DPM-Solver++: last sigmas 0.0739 0.0100 0.0000; moved by 1.9e-04
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1 numpy
cat > "$place/try.py" <<'PYTHON'
import torch
from diffusers import DDPMScheduler, DEISMultistepScheduler, DPMSolverMultistepScheduler

TABLE = DDPMScheduler().alphas_cumprod.double()


def last_move(kind, answer=None):
    """How far the last of ten evaluations moves x, for data N(0, ¼) and the best network."""
    scheduler = kind(use_karras_sigmas=True)
    scheduler.set_timesteps(10)
    x = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    for i, t in enumerate(scheduler.timesteps):
        alpha = TABLE[t]
        noise = (1 - alpha).sqrt() * x / (alpha / 4 + 1 - alpha)
        before, x = x, scheduler.step(noise if answer is None or i < 9 else torch.full_like(x, answer), t, x).prev_sample
    return " ".join(f"{s:.4f}" for s in scheduler.sigmas[-3:]), (x - before).abs().item()


sigmas, moved = last_move(DEISMultistepScheduler)
_, anyway = last_move(DEISMultistepScheduler, 1e6)
print(f"last sigmas: {sigmas}; the 10th evaluation moved x by {moved:.1e}, and with 10⁶ for an answer by {anyway:.1e}")
assert moved == 0 and anyway == 0
sigmas, moved = last_move(DPMSolverMultistepScheduler)
print(f"DPM-Solver++: last sigmas {sigmas}; moved by {moved:.1e}")
assert moved > 1e-5
PYTHON
"$place/venv/bin/python" -W ignore "$place/try.py"
