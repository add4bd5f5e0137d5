#!/usr/bin/env bash
# diffusers 0.42.1: HeunDiscreteScheduler.from_config(ddpm.config) may sample from another noise process than ddpm's.
#
# One would guess that SchedulerB.from_config(a.config) takes everything from a, the betas above all: it is how pipelines are
# told to swap schedulers, and HeunDiscreteScheduler(), whose defaults are 0.00085 and 0.012, is known not to be.
# What happens: a value that a has because it is a's default is left out, and b's own default taken. DDPMScheduler() has betas
# from 0.0001 to 0.02; Heun, KDPM2 and KDPM2Ancestral from its config have 0.00085 to 0.012, LCM and TCD those scaled_linear.
# The same values written out, DDPMScheduler(beta_start=0.0001, …), or read from a saved file are kept. For data N(0, ¼) and the
# exact denoiser Heun leaves a variance of 0.2514 in 50 steps with the network's betas, 0.3006 by from_config.
# What follows: a comparison of samplers in the process that trained the network may have two noise processes; save the scheduler
# and load it first, or look at .config.beta_start after the swap. The workbench's samplers have no schedule of their own.
#
# Output seen:
#   HeunDiscreteScheduler.from_config: defaults give 0.00085 to 0.012 linear, written out 0.0001 to 0.02, saved and loaded 0.0001 to 0.02
#   KDPM2DiscreteScheduler.from_config: defaults give 0.00085 to 0.012 linear, written out 0.0001 to 0.02, saved and loaded 0.0001 to 0.02
#   LCMScheduler.from_config: defaults give 0.00085 to 0.012 scaled_linear, written out 0.0001 to 0.02, saved and loaded 0.0001 to 0.02
#   EulerDiscreteScheduler.from_config: defaults give 0.0001 to 0.02 linear, written out 0.0001 to 0.02, saved and loaded 0.0001 to 0.02
#   50 steps of Heun: variance 0.2514 with the betas written out, 0.3006 by default
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1 numpy
cat > "$place/try.py" <<'PYTHON'
import numpy as np
import torch
import tempfile

from diffusers import (DDPMScheduler, EulerDiscreteScheduler, HeunDiscreteScheduler, KDPM2DiscreteScheduler, LCMScheduler)

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


trained = DDPMScheduler()
written = DDPMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="linear")
assert torch.equal(trained.betas, written.betas)
with tempfile.TemporaryDirectory() as folder:
    trained.save_pretrained(folder)
    loaded = DDPMScheduler.from_pretrained(folder)
for kind, expected in [(HeunDiscreteScheduler, 0.00085), (KDPM2DiscreteScheduler, 0.00085), (LCMScheduler, 0.00085),
                       (EulerDiscreteScheduler, 0.0001)]:
    a, b, c = (kind.from_config(source.config).config for source in (trained, written, loaded))
    print(f"{kind.__name__}.from_config: defaults give {a.beta_start} to {a.beta_end} {a.beta_schedule}, written out "
          f"{b.beta_start} to {b.beta_end}, saved and loaded {c.beta_start} to {c.beta_end}")
    assert (a.beta_start, b.beta_start, c.beta_start) == (expected, 0.0001, 0.0001)
seen = [variance(HeunDiscreteScheduler.from_config(source.config, timestep_spacing="linspace"), 50) for source in (written, trained)]
print("50 steps of Heun: variance {:.4f} with the betas written out, {:.4f} by default".format(*seen))
assert abs(seen[0] - 0.2514) < 1e-4 and abs(seen[1] - 0.3006) < 1e-4, seen
PYTHON
"$place/venv/bin/python" -W ignore "$place/try.py"
