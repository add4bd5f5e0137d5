#!/usr/bin/env bash
# diffusers 0.42.1: DDPMScheduler(variance_type="fixed_large_log") draws pictures of NaN.
#
# One would guess that the option, one of six that the scheduler documents, gives the same samples as "fixed_large", as
# "fixed_small_log" does those of "fixed_small": the logarithm is a way of storing the variance.
# What happens: log β is used as if it were the variance, and its root is not a number; every sample is NaN after the
# first step, with no warning. "fixed_small_log" gives the samples of "fixed_small" to the last digits shown.
# What follows: a model whose scheduler_config.json says fixed_large_log was sampled with something else by whoever
# published pictures of it; ask for "fixed_large". The workbench refuses the option by name.
#
# Output seen:
#   fixed_small      standard deviation 0.4448
#   fixed_small_log  standard deviation 0.4448
#   fixed_large      standard deviation 0.5182
#   fixed_large_log  standard deviation nan
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1 numpy
cat > "$place/try.py" <<'PYTHON'
import math

import torch
from diffusers import DDPMScheduler


def deviation(variance_type, variance=0.25):
    scheduler = DDPMScheduler(variance_type=variance_type, clip_sample=False)
    scheduler.set_timesteps(50)
    torch.manual_seed(0)
    x = torch.randn(100_000, 1, 1, 1)
    for t in scheduler.timesteps:
        alpha = scheduler.alphas_cumprod[t]
        # The best prediction of the noise where data are N(0, variance).
        x = scheduler.step((1 - alpha).sqrt() * x / (alpha * variance + 1 - alpha), t, x).prev_sample
    print(f"{variance_type:<16} standard deviation {x.std():.4f}")
    return x.std().item()


small, small_log, large, large_log = map(
    deviation, ["fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"])
assert abs(small - small_log) < 1e-4 and large > small + 0.05 and math.isnan(large_log)
PYTHON
"$place/venv/bin/python" "$place/try.py"
