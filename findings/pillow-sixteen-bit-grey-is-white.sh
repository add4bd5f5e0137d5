#!/bin/bash
# The same 16-bit samples come out of Pillow's convert("RGB") right from a colour PNG and white from a grey one.
#
# One would guess: convert("RGB") brings 16 bits to 8 by one rule, whatever the colour type; and it is documented that colour of 16
#   bits is read by its high byte.
# What happens: grey of 16 bits is opened as mode I;16, and convert("RGB") and convert("L") clip it at 255: every level from 256 on
#   (all but the darkest 0.4 % of the range) is white.
# Versions: Pillow 13.0.0, NumPy 2.4.6 (Python 3.11).
# What follows for diffusion experiments: torchvision's ImageFolder opens each file and calls convert("RGB"), so a folder of 16-bit grey
#   PNGs (X-rays, depth, microscopy) trains on white squares, and the loss falls quickly. Read the array and scale it by the
#   range of the instrument; the workbench takes the high byte, or `data.range: [0, 4095]`.
# Output seen:
#   samples            [0, 255, 256, 4096, 32768, 65535]
#   colour, 16 bits    [0, 0, 1, 16, 128, 255]
#   grey, 16 bits      [0, 255, 255, 255, 255, 255]
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
venv/bin/python - <<'PY'
import struct, zlib

import numpy as np
from PIL import Image

samples = np.array([0, 255, 256, 4096, 32768, 65535], np.uint16)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def write(name, colour_type, row):
    header = struct.pack(">IIBBBBB", len(samples), 1, 16, colour_type, 0, 0, 0)
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
                   + chunk(b"IDAT", zlib.compress(b"\0" + row.astype(">u2").tobytes())) + chunk(b"IEND", b""))


write("colour.png", 2, samples.repeat(3))
write("grey.png", 0, samples)
colour, grey = (np.array(Image.open(name).convert("RGB"))[0, :, 0].tolist() for name in ("colour.png", "grey.png"))
print("samples           ", samples.tolist())
print("colour, 16 bits   ", colour)
print("grey, 16 bits     ", grey)
assert colour == [0, 0, 1, 16, 128, 255]
assert grey == [0, 255, 255, 255, 255, 255]
PY
