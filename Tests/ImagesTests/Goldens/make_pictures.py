"""Small pictures of every kind, and what Pillow makes of them: NAME.png, .jpg or .webp beside NAME.pnm.

    pip install pillow==13.0.0 numpy==2.4.6
    python make_pictures.py

A .pnm (P5 grey, P6 red-green-blue, 8 bits) holds the pixels of Image.open(NAME).convert("RGB"), of .convert("L") where
the file is grey; that is what torchvision's ImageFolder hands on. Three kinds go another way here:
- grey of 16 bits: the high byte. Pillow's convert clips it at 255.
- transparency: NAME.pnm is convert("RGB"), which passes it over; NAME.black.pnm and NAME.orange.pnm are what
  background.paste(picture, mask=alpha) gives.
- EXIF orientation: as stored, which is what Pillow and torchvision do unless they are told otherwise.
"""
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

here = Path(__file__).parent
WIDTH, HEIGHT = 21, 13
random = np.random.default_rng(9)


def pattern(channels):
    """(HEIGHT, WIDTH, channels): slopes, an edge and a little noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [x * 12, y * 19, (x + y) * 7, 255 - x * 12][:channels]
    values = np.stack(planes, -1).astype(int)
    values[3:7, 5:12] = 255 - values[3:7, 5:12]
    return np.clip(values + random.integers(-9, 10, values.shape), 0, 255).astype(np.uint8)


# Colour and alpha of PNG's colour types.
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(rows, bits, kind, extra=(), width=WIDTH):
    """By the specification: Pillow writes neither gAMA nor most kinds of 16 bits."""
    header = struct.pack(">IIBBBBB", width, len(rows), bits, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(k, b) for k, b in extra)
            + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def packed(values, bits):
    """Rows of numbers below 2^bits, several to a byte."""
    rows = []
    for row in values:
        text = "".join(format(int(v), f"0{bits}b") for v in row)
        text += "0" * (-len(text) % 8)
        rows.append(bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8)))
    return rows


def wide(values):
    """Rows of 16 bits: the byte above, noise below."""
    words = values.astype(np.uint16) << 8 | random.integers(0, 256, values.shape, dtype=np.uint16)
    return [row.astype(">u2").tobytes() for row in words]


def gamma(value):
    return (b"gAMA", struct.pack(">I", round(value * 100000)))


CHROMATICITIES = (b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
PROFILE = (b"iCCP", b"p\0\0" + zlib.compress(ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()))


def grey_of_two_bits(): return random.integers(0, 4, (HEIGHT, WIDTH))


def pictures():
    """(name, bytes) of each."""
    grey, colour, clear = pattern(1)[..., 0], pattern(3), pattern(4)
    yield "grey1.png", png(packed(grey > 128, 1), 1, GREY)
    yield "grey2.png", png(packed(grey >> 6, 2), 2, GREY)
    yield "grey4.png", png(packed(grey >> 4, 4), 4, GREY)
    yield "grey8.png", png(grey, 8, GREY)
    yield "grey16.png", png(wide(grey), 16, GREY)
    yield "rgb8.png", png(colour.reshape(HEIGHT, -1), 8, RGB)
    yield "rgb16.png", png(wide(colour.reshape(HEIGHT, -1)), 16, RGB)
    for bits in (1, 2, 4, 8):
        palette = (b"PLTE", random.integers(0, 256, 3 << min(bits, 6), dtype=np.uint8).tobytes())
        index = random.integers(0, 1 << min(bits, 6), (HEIGHT, WIDTH))
        yield f"palette{bits}.png", png(packed(index, bits), bits, PALETTE, [palette])
        yield f"clear-palette{bits}.png", png(
            packed(index, bits), bits, PALETTE, [palette, (b"tRNS", bytes([0, 90][:1 << bits]))])
    alpha = np.linspace(0, 255, WIDTH).astype(np.uint8)[None, :].repeat(HEIGHT, 0)
    both = np.stack([grey, alpha], -1).reshape(HEIGHT, -1)
    clear[..., 3] = alpha
    yield "clear-grey8.png", png(both, 8, GREY_ALPHA)
    yield "clear-grey16.png", png(wide(both), 16, GREY_ALPHA)
    yield "clear-rgb8.png", png(clear.reshape(HEIGHT, -1), 8, RGB_ALPHA)
    yield "clear-rgb16.png", png(wide(clear.reshape(HEIGHT, -1)), 16, RGB_ALPHA)
    yield "clear-key-grey8.png", png(grey, 8, GREY, [(b"tRNS", struct.pack(">H", grey[2, 3]))])
    yield "clear-key-rgb8.png", png(
        colour.reshape(HEIGHT, -1), 8, RGB, [(b"tRNS", struct.pack(">3H", *colour[4, 5]))])
    # What says how samples are meant changes none: 0.50994 is written for HD video by ffmpeg.
    for name, extra in {
        "gamma-video": [gamma(0.50994), CHROMATICITIES], "gamma-1": [gamma(1)], "gamma-0.55": [gamma(0.55)],
        "srgb": [(b"sRGB", b"\0")], "profile": [PROFILE], "chromaticities": [gamma(0.45455), CHROMATICITIES],
        "significant-bits": [(b"sBIT", b"\5\6\5")],
    }.items():
        yield f"{name}.png", png(colour.reshape(HEIGHT, -1), 8, RGB, extra)
    yield "gamma-grey16.png", png(wide(grey), 16, GREY, [gamma(1)])
    yield "gamma-clear.png", png(clear.reshape(HEIGHT, -1), 8, RGB_ALPHA, [gamma(1)])

    def saved(picture, kind, **options):
        file = io.BytesIO()
        picture.save(file, kind, **options)
        return file.getvalue()

    shown = Image.fromarray(colour)
    yield "grey.jpg", saved(Image.fromarray(grey), "JPEG", quality=85)
    for name, sampling in {"444": 0, "422": 1, "420": 2}.items():
        yield f"{name}.jpg", saved(shown, "JPEG", quality=90, subsampling=sampling)
        yield f"{name}-progressive.jpg", saved(
            shown, "JPEG", quality=75, subsampling=sampling, progressive=True)
    yield "poor.jpg", saved(shown, "JPEG", quality=10)
    yield "restarts.jpg", saved(shown, "JPEG", quality=80, restart_marker_blocks=1)
    yield "rgb.jpg", saved(shown, "JPEG", quality=80, keep_rgb=True)
    inks = saved(Image.fromarray(pattern(4), "CMYK"), "JPEG", quality=90)
    yield "cmyk.jpg", inks
    adobe = inks.index(b"Adobe") + 11
    assert inks[adobe] == 0
    yield "ycck.jpg", inks[:adobe] + b"\2" + inks[adobe + 1:]
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "turned.jpg", saved(shown, "JPEG", quality=90, exif=exif)
    yield "one-pixel.jpg", saved(shown.crop((0, 0, 1, 1)), "JPEG")
    yield "lossless.webp", saved(shown, "WebP", lossless=True)
    yield "lossy.webp", saved(shown, "WebP", quality=80)
    yield "clear-lossless.webp", saved(Image.fromarray(clear), "WebP", lossless=True, exact=True)
    yield "clear-lossy.webp", saved(Image.fromarray(clear), "WebP", quality=70)


def write(name, picture):
    kind, (width, height) = {"L": "P5", "RGB": "P6"}[picture.mode], picture.size
    (here / f"{name}.pnm").write_bytes(f"{kind} {width} {height} 255\n".encode() + picture.tobytes())


def main():
    for old in [*here.glob("*.pnm"), *here.glob("*.png"), *here.glob("*.jpg"), *here.glob("*.webp")]:
        old.unlink()
    for name, content in pictures():
        (here / name).write_bytes(content)
        picture = Image.open(io.BytesIO(content))
        if picture.mode == "I;16":
            write(name, Image.fromarray((np.array(picture) >> 8).astype(np.uint8)))
            continue
        is_grey = "grey" in name
        write(name, picture.convert("L" if is_grey and picture.mode in ("1", "L") else "RGB"))
        if is_grey and "clear" in name:
            write(name, picture.convert("RGB").getchannel(0))
        if "clear" in name:
            layered = picture.convert("RGBA")
            for background, colour in {"black": (0, 0, 0), "orange": (255, 128, 10)}.items():
                result = Image.new("RGB", picture.size, colour)
                result.paste(layered, mask=layered.getchannel("A"))
                is_one = is_grey and background == "black"
                write(f"{name}.{background}", result.getchannel(0) if is_one else result)


main()
