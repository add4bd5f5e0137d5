#!/bin/bash
# Projected guidance in diffusers is not the plain prediction at scales near 1, and its "original formulation" counts scales from 0.
#
# One would guess: adaptive projected guidance at a scale w that falls to 1 falls to the conditional prediction, as classifier-free
#   guidance does, whatever part of the difference is left out: the paper has D = D_c + (w - 1) * (what is kept of D_c - D_u).
# What happens: the guider computes D = D_u + w * (what is kept). With eta 0, which leaves the part along D_c out, a scale of 1.0001
#   gives the UNconditional prediction plus a part of the difference; at exactly 1 the guider is off and gives the conditional one.
#   With use_original_formulation=True it computes D = D_c + w * (what is kept): 1 guides as strongly as w = 2 in the paper,
#   and 0 not at all. With eta 1, no norm and no momentum the first is classifier-free guidance.
# Version: diffusers 0.42.1 (guiders are experimental there), PyTorch 2.15.0.
# What follows for diffusion experiments: a sweep over the scale at eta < 1 has a jump at 1, and the curves of the two formulations
#   are not of one axis. For the paper's w: use_original_formulation=True with guidance_scale = w - 1. Workbench's
#   `sampling.guidance` is the paper's w.
# Output seen (distance from the conditional prediction, over its length):
#   scale 1       eta 0: 0.0000   original 0.9644
#   scale 1.0001  eta 0: 1.0130   original 0.9645
#   scale 1.0001  eta 1: 0.0001   original 1.3988
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 diffusers==0.42.1
venv/bin/python - 2>/dev/null <<'PY'
import torch
from diffusers.guiders import AdaptiveProjectedGuidance

torch.manual_seed(0)
own, other = torch.randn(2, 1, 3, 8, 8, dtype=torch.float64)


def distance(scale, eta, original):
    guider = AdaptiveProjectedGuidance(
        guidance_scale=scale, eta=eta, adaptive_projected_guidance_momentum=None,
        adaptive_projected_guidance_rescale=0.0, use_original_formulation=original)
    guider.set_state(step=0, num_inference_steps=10, timestep=torch.tensor(999))
    return float((guider.forward(own, other).pred - own).norm() / own.norm())


found = {(scale, eta): (distance(scale, eta, False), distance(scale, eta, True))
         for scale, eta in [(1, 0), (1.0001, 0), (1.0001, 1)]}
for (scale, eta), (plain, original) in found.items():
    print(f"scale {scale:<7g} eta {eta}: {plain:.4f}   original {original:.4f}")
assert found[1, 0][0] == 0 and found[1, 0][1] > 0.5
assert found[1.0001, 0][0] > 0.5 and found[1.0001, 0][1] > 0.5
assert found[1.0001, 1][0] < 0.001 and found[1.0001, 1][1] > 1
PY
