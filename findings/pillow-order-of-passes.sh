#!/bin/bash
# Pillow 13 resizes tall pictures to other values than Pillow 12: which axis goes first depends on the shape.
#
# One would guess: a filter that is documented gives the same values in every version, and one way of working for every picture.
# What happens: one axis is filtered after the other, with rounding to a byte (and clipping, where bicubic and Lanczos swing) in
#   between, so that the order shows. Up to 12.3 rows always go first. From 13.0 on columns do where the picture gets lower by
#   more than twice what it gets narrower by: h > H and h − H > 2·(w − W), from w×h to W×H (held
#   against two calls that resize one axis each, for 6,000 sizes, filters and modes).
# Versions: Pillow 12.3.0 and 13.0.0, NumPy 2.4.6 (Python 3.11).
# What follows for diffusion experiments: the same script makes other training images of portraits, not of landscapes, under
#   another Pillow, by up to 23 levels of 255 where contrast is high; torchvision's Resize of PIL images inherits it. A Fréchet
#   distance between images prepared by two versions is not 0: pin Pillow, and say its version with the numbers. One
#   row or column more may exchange the order within a folder. The workbench follows 13.0.
# Output seen:
#   12.3.0  50x100 to 64 rows first, 100x50 to 64 rows first; 21x26 to 16 rows first, 21x27 to 16 rows first
#   13.0.0  50x100 to 64 columns first, 100x50 to 64 rows first; 21x26 to 16 rows first, 21x27 to 16 columns first
#   the two versions are up to 23 levels apart
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
cat > order.py <<'PY'
import sys

import numpy as np
import PIL
from PIL import Image

noise = np.random.default_rng(1).integers(0, 2, (100, 100), np.uint8) * 255


def order(width, height, size):
    picture = Image.fromarray(noise[:height, :width])
    filter = Image.Resampling.BICUBIC
    result = np.asarray(picture.resize((size, size), filter))
    rows = np.asarray(picture.resize((size, height), filter).resize((size, size), filter))
    columns = np.asarray(picture.resize((width, size), filter).resize((size, size), filter))
    assert (rows != columns).any()
    return result, "rows first" if (result == rows).all() else "columns first" if (result == columns).all() else "neither"


tall, first = order(50, 100, 64)
print(f"{PIL.__version__}  50x100 to 64 {first}, 100x50 to 64 {order(100, 50, 64)[1]}; "
      f"21x26 to 16 {order(21, 26, 16)[1]}, 21x27 to 16 {order(21, 27, 16)[1]}")
np.save(sys.argv[1], tall)
PY
for version in 12.3.0 13.0.0; do
  python3 -m venv $version; $version/bin/pip install --quiet --disable-pip-version-check pillow==$version numpy==2.4.6
  $version/bin/python order.py $version.npy
done | tee output
13.0.0/bin/python - <<'PY' | tee -a output
import numpy as np

a, b = (np.load(f"{version}.npy").astype(int) for version in ("12.3.0", "13.0.0"))
print(f"the two versions are up to {np.abs(a - b).max()} levels apart")
PY
diff - output <<'EXPECTED'
12.3.0  50x100 to 64 rows first, 100x50 to 64 rows first; 21x26 to 16 rows first, 21x27 to 16 rows first
13.0.0  50x100 to 64 columns first, 100x50 to 64 rows first; 21x26 to 16 rows first, 21x27 to 16 columns first
the two versions are up to 23 levels apart
EXPECTED
