#!/bin/bash
# The two programs that most people compute the FID with show one network two different pictures.
#
# One would guess: pytorch-fid and torch-fidelity fetch the same weights (both files end in 2015-12-05-6726825d.pth) and agree.
# What happens: the network takes 299 by 299 pixels. pytorch-fid interpolates between pixels' centres and scales to 2b/255 - 1;
#   torch-fidelity does what TensorFlow 1 did, output pixel i at i*side/299, and scales to (b - 128)/128. A line down the middle
#   of a picture of 28 pixels comes to lie 5 pixels further left, and the last column 16 pixels wide where it was 11. Both
#   leave out any filter where pictures are larger than 299.
# Versions: pytorch-fid 0.3.0, torch-fidelity 0.4.0, PyTorch 2.15.0, torchvision 0.29.2.
# What follows for diffusion experiments: FIDs of small pictures, which most experiments on CPUs draw, are not comparable between
#   the two; say which one a number is by. Of pictures of 299 pixels only the range differs. Workbench's
#   `evaluation.inception_input` does either.
# Output seen (weights are random, the same in both):
#   line at column 14 of 28:    pytorch-fid 154.3, torch-fidelity 149.5
#   last column alone:          pytorch-fid 11 columns, torch-fidelity 16 columns brighter than half
#   features,  28 pixels:       0.0172 of their norm apart
#   features, 299 pixels:       0.0037 of their norm apart
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 torchvision==0.29.2 scipy pillow tqdm
venv/bin/pip install --quiet --disable-pip-version-check --no-deps pytorch-fid==0.3.0 torch-fidelity==0.4.0
venv/bin/python - 2>/dev/null <<'PY'
import torch
import torch.nn.functional as F
import torchvision
import pytorch_fid.inception as pytorch_fid
import torch_fidelity.feature_extractor_inceptionv3 as torch_fidelity
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

torch.manual_seed(0)


def resized(bytes):
    """What each does to a picture before its network, in bytes."""
    x = bytes.float()
    return (F.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False),
            interpolate_bilinear_2d_like_tensorflow1x(x, size=(299, 299), align_corners=False))


line = torch.zeros(1, 3, 28, 28, dtype=torch.uint8)
line[..., 14] = 255
places = [float((x[0, 0, 0] * torch.arange(299)).sum() / x[0, 0, 0].sum()) for x in resized(line)]
print(f"line at column 14 of 28:    pytorch-fid {places[0]:.1f}, torch-fidelity {places[1]:.1f}")
edge = torch.zeros(1, 3, 28, 28, dtype=torch.uint8)
edge[..., 27] = 255
widths = [int((x[0, 0, 0] > 127.5).sum()) for x in resized(edge)]
print(f"last column alone:          pytorch-fid {widths[0]} columns, torch-fidelity {widths[1]} columns brighter than half")

# Neither may fetch its weights: both get the same random ones.
weights = {}


def load(network, _):
    own = network.state_dict()
    for name, value in own.items():
        if name not in weights:
            weights[name] = (torch.randn(value.shape) * (2 / value[0].numel()) ** 0.5
                             if name.endswith("conv.weight") else value)
    return torch.nn.Module.load_state_dict(network, {name: weights[name] for name in own})


pytorch_fid.load_state_dict_from_url = lambda *_, **__: {}
torch_fidelity.load_state_dict_from_url = lambda *_, **__: {}
torchvision.models.inception.Inception3.load_state_dict = load
torch_fidelity.FeatureExtractorInceptionV3.load_state_dict = load
one = pytorch_fid.InceptionV3().eval()
other = torch_fidelity.FeatureExtractorInceptionV3("inception", ["2048"]).eval()
apart = {}
for side in (28, 299):
    pictures = torch.randint(0, 256, (4, 3, side, side), dtype=torch.uint8)
    with torch.no_grad():
        a, b = one(pictures.float() / 255)[0].flatten(1), other(pictures)[0]
    apart[side] = float((a - b).norm() / a.norm())
    print(f"features, {side:3} pixels:       {apart[side]:.4f} of their norm apart")
assert places[0] - places[1] > 4.5 and widths[1] > widths[0] + 3
assert apart[28] > 0.01 and apart[28] > 3 * apart[299]
PY
