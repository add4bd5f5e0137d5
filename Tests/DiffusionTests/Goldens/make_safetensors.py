"""Two small files as Python's safetensors writes them, for the reader and the writer.

Made with safetensors 0.8.0 and PyTorch 2.15.0: python make_safetensors.py
"""
import torch
from safetensors.torch import save_file

# What the workbench writes too: its file must be these bytes.
save_file({
    "odd": torch.tensor([1.0, 2.0, 3.0]),
    "i": torch.tensor([[-1, 2], [2**63 - 1, -2**63]]),
    "empty": torch.zeros(0, 4),
    "scalar": torch.tensor(7.0),
    'näme "x"': torch.tensor([[float("inf")]]),
}, "same_bytes.safetensors", metadata={"no\\te": 'a "q"\n\u0001✓ é 🎈'})  # one text alone: their order is random

# Every type that is read.
save_file({
    "f64": torch.tensor([1.5, -2.25e-300, 0.1], dtype=torch.float64),
    "f32": torch.tensor([1.5, -3.4028234663852886e38, 1e-45]),
    "f16": torch.tensor([1.0, -65504.0, 5.960464477539063e-08, float("-inf")], dtype=torch.float16),
    "bf16": torch.tensor([1.0, -3.3895313892515355e38, 9.183549615799121e-41], dtype=torch.bfloat16),
    "i64": torch.tensor([-(2**63), 2**63 - 1]),
    "i32": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
    "u8": torch.tensor([0, 128, 255], dtype=torch.uint8),
    "bool": torch.tensor([[True, False], [False, True]]),
}, "every_type.safetensors")
