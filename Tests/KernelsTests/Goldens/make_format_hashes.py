"""Hashes of what PyTorch makes of 262,144 float32 in each short format: the numbers in ShortFormatTests.swift.

Inputs: every upper half of a float32, with the lower halves 0000, 7fff, 8000 and 8001, so that every value of the 8-bit formats,
every midpoint of two and their neighbours are among them. Hashed, by FNV-1a with 64 bits, are the 32 bits of each result as a
float32, lowest byte first, every NaN as 7fc00000.

The OCP's standard has two ways for what is too large: to saturate, or to become NaN (e4m3, which has no infinity) or infinite.
The workbench does the latter, to see what overflows. PyTorch 2.15 does it for e5m2 and saturates e4m3: there what rounds beyond
448, everything above 464, is made NaN here.

    python make_format_hashes.py
"""

import numpy
import torch

upper = numpy.arange(1 << 16, dtype=numpy.uint32) << 16
bits = numpy.stack([upper | low for low in (0x0000, 0x7FFF, 0x8000, 0x8001)], axis=1).reshape(-1)
x = torch.from_numpy(bits.view(numpy.float32))

formats = {
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
    "e4m3": torch.float8_e4m3fn,
    "e5m2": torch.float8_e5m2,
}
for name, dtype in formats.items():
    y = x.to(dtype).to(torch.float32).numpy()
    result = y.view(numpy.uint32).copy()
    result[numpy.isnan(y)] = 0x7FC00000
    if name == "e4m3":
        result[numpy.abs(x.numpy()) > 464] = 0x7FC00000
    value = 0xCBF29CE484222325
    for byte in result.astype("<u4").tobytes():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    print(f'"{name}": 0x{value:016x},')
