#!/usr/bin/env bash
# diffusers 0.42.1: thresholding=True is a clip to ±1, whatever dynamic_thresholding_ratio says.
#
# One would guess that thresholding=True is dynamic thresholding (Saharia 2022, Imagen): x̂0 is held within ±s, s its 99.5th
# percentile, and divided by s, so that few values are saturated.
# What happens: s is clamped to [1, sample_max_value] and sample_max_value is 1.0 by default, so s is 1 for every image and every
# ratio. DDIM, DDPM, DPM-Solver, DEIS and UniPC share it. With sample_max_value=100 s is what the percentile says.
# What follows: an ablation over dynamic_thresholding_ratio alone compares a setting with itself, bit by bit; a result "with dynamic
# thresholding" of the default is one with clipping. Set sample_max_value.
#
# Output seen:
#   ratio 0.5: percentiles 1.79, 1.84; the same as clipped to ±1: True
#   ratio 0.995: percentiles 7.95, 7.26; the same as clipped to ±1: True
#   ratio 0.995, sample_max_value 100: the same as clipped to ±1: False; at ±1 0.5 %, clipped 73.2 %
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1 numpy
cat > "$place/try.py" <<'PYTHON'
import torch
from diffusers import DPMSolverMultistepScheduler

x = 3 * torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
clipped = x.clamp(-1, 1)
for ratio in (0.5, 0.995):
    scheduler = DPMSolverMultistepScheduler(thresholding=True, dynamic_thresholding_ratio=ratio)
    same = torch.equal(scheduler._threshold_sample(x), clipped)
    percentiles = ", ".join(f"{p:.2f}" for p in x.abs().flatten(1).quantile(ratio, dim=1))
    print(f"ratio {ratio}: percentiles {percentiles}; the same as clipped to ±1: {same}")
    assert same
scheduler = DPMSolverMultistepScheduler(thresholding=True, sample_max_value=100)
held = scheduler._threshold_sample(x)
same, share, before = torch.equal(held, clipped), *((y.abs() == 1).double().mean().item() for y in (held, clipped))
print(f"ratio 0.995, sample_max_value 100: the same as clipped to ±1: {same}; at ±1 {share:.1%}, clipped {before:.1%}".replace("%", " %"))
assert not same and share < 0.02
PYTHON
"$place/venv/bin/python" -W ignore "$place/try.py"
