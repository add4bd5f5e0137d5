"""A picture brought to other sizes by Pillow and torchvision.

    pip install pillow==13.0.0 numpy==2.4.6 torch==2.15.0 torchvision==0.29.2
    python make_resizing.py

source.pnm is 23×17 in colour. FILTER-SIZE.pnm is source.resize((SIZE, SIZE), FILTER). crop-FILTER-SIZE.pnm is
torchvision's Resize(SIZE) and CenterCrop(SIZE), as most training scripts have them.

noise.pnm is 72×72, black and white in every channel. passes-FILTER.pnm has its top left corners of PASSES's sizes, each
brought to 16×16, one below the other; crop-passes-FILTER.pnm those of CROPS by Resize(16) and CenterCrop(16). Pillow 13
takes rows or columns first by their shape (findings/pillow-order-of-passes.sh).
"""
from pathlib import Path

import numpy as np
from PIL import Image
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

here = Path(__file__).parent
WIDTH, HEIGHT = 23, 17
random = np.random.default_rng(4)


def write(name, picture):
    header = f"P6 {picture.width} {picture.height} 255\n".encode()
    (here / f"{name}.pnm").write_bytes(header + picture.tobytes())


y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
values = np.stack([x * 11, y * 15, 255 - (x + y) * 6], -1)
values[5:12, 8:15] = 255 - values[5:12, 8:15]
values = np.clip(values + random.integers(-30, 31, values.shape), 0, 255).astype(np.uint8)
source = Image.fromarray(values)
write("source", source)
filters = {
    "box": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC, "lanczos": Image.Resampling.LANCZOS,
}
for name, kind in filters.items():
    for size in (5, 8, 17, 20, 40):
        write(f"{name}-{size}", source.resize((size, size), kind))
for name in ("bilinear", "bicubic"):
    for size in (8, 17, 24):
        crop = Compose([Resize(size, InterpolationMode(name)), CenterCrop(size)])
        write(f"crop-{name}-{size}", crop(source))
        write(f"crop-tall-{name}-{size}", crop(source.transpose(Image.Transpose.ROTATE_90)))
write("tall", source.transpose(Image.Transpose.ROTATE_90))

# Width, height: on both sides of where the order changes; tall, wide, smaller and larger in one or both.
PASSES = [(21, 26), (21, 27), (15, 17), (12, 40), (40, 12), (40, 64), (40, 65), (17, 18), (17, 19), (12, 14), (72, 20)]
CROPS = [(20, 40), (20, 42), (21, 60), (60, 21), (12, 40), (40, 72)]
noise = Image.fromarray(random.integers(0, 2, (72, 72, 3)).astype(np.uint8) * 255)
write("noise", noise)


def below_each_other(pictures):
    return Image.fromarray(np.concatenate([np.asarray(picture) for picture in pictures]))


for name, kind in filters.items():
    write(f"passes-{name}", below_each_other(
        noise.crop((0, 0, width, height)).resize((16, 16), kind) for width, height in PASSES))
for name in ("bilinear", "bicubic"):
    crop = Compose([Resize(16, InterpolationMode(name)), CenterCrop(16)])
    write(f"crop-passes-{name}", below_each_other(
        crop(noise.crop((0, 0, width, height))) for width, height in CROPS))
