"""Features of Inception v3 as pytorch-fid and torch-fidelity compute them, with weights that a formula makes.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 torchvision==0.29.2 pytorch-fid==0.3.0 torch-fidelity==0.4.0 safetensors
    venv/bin/python make_inception.py

writes inception.safetensors: features of the whole network, and of one whose widths are a sixteenth, both in float64, of three
pictures in bytes that a formula makes too. InceptionTests.swift has the formulas again.
"""

import contextlib
import math

import numpy
import torch
import torchvision.models.inception as torchvision_inception
from safetensors.numpy import save_file

import pytorch_fid.inception as pytorch_fid
import torch_fidelity.feature_extractor_inceptionv3 as torch_fidelity

torch.set_num_threads(2)


def bits(name, count):
    """SplitMix64 from the FNV-1a hash of a name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    x = numpy.uint64(seed) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return x ^ (x >> numpy.uint64(31))


def tensor(name, shape):
    """Uniform numbers, exact in float32, scaled so that activations neither vanish nor grow."""
    uniform = (bits(name, math.prod(shape)) >> numpy.uint64(40)).astype(numpy.float32) / numpy.float32(2**23) - numpy.float32(1)
    if name.endswith("conv.weight"):
        values = uniform * numpy.float32(math.sqrt(6 / math.prod(shape[1:])))
    elif name.endswith("bn.weight"):
        values = numpy.float32(1) + uniform * numpy.float32(0.25)
    elif name.endswith("bn.running_var"):
        values = numpy.float32(1) + uniform * numpy.float32(0.5)
    elif name.endswith("bn.bias") or name.endswith("bn.running_mean"):
        values = uniform * numpy.float32(0.125)
    else:
        raise ValueError(name)
    return torch.from_numpy(values.reshape(shape))


def state(network):
    return {
        name: tensor(name, tuple(value.shape)) if ".conv." in name or ".bn." in name and "batches" not in name
        else torch.zeros_like(value)
        for name, value in network.state_dict().items()
    }


def picture(name, height, width, channels):
    values = (bits(f"picture {name}", height * width * channels) >> numpy.uint64(56)).astype(numpy.uint8)
    return values.reshape(height, width, channels)


PICTURES = {"grey": (28, 28, 1), "wide": (20, 33, 3), "large": (310, 305, 3)}


@contextlib.contextmanager
def narrowed(block, divisor):
    """Convolutions of 1/divisor as many channels each."""
    original = block.__init__

    def narrow(self, inputs, outputs, **options):
        original(self, inputs if inputs == 3 else inputs // divisor, outputs // divisor, **options)

    block.__init__ = narrow
    yield
    block.__init__ = original


def load(network, _):
    """In place of the weights that both programs fetch."""
    return torch.nn.Module.load_state_dict(network, state(network))


def coloured(bytes):
    return torch.from_numpy(numpy.repeat(bytes, 3 // bytes.shape[2], axis=2)).permute(2, 0, 1)[None]


def of_pytorch_fid(divisor):
    pytorch_fid.load_state_dict_from_url = lambda *_, **__: {}
    torchvision_inception.Inception3.load_state_dict = load
    with narrowed(torchvision_inception.BasicConv2d, divisor):
        network = pytorch_fid.InceptionV3().double().eval()
    return lambda bytes: network(coloured(bytes).double() / 255)[0][0, :, 0, 0]


def of_torch_fidelity(divisor):
    torch_fidelity.load_state_dict_from_url = lambda *_, **__: {}
    torch_fidelity.FeatureExtractorInceptionV3.load_state_dict = load
    with narrowed(torch_fidelity.BasicConv2d, divisor):
        network = torch_fidelity.FeatureExtractorInceptionV3(
            "inception", ["2048"], feature_extractor_internal_dtype="float64")
    return lambda bytes: network(coloured(bytes))[0][0]


goldens = {}
with torch.no_grad():
    for divisor, names in [(1, ["grey", "wide"]), (16, list(PICTURES))]:
        for program, make in [("pytorch-fid", of_pytorch_fid), ("torch-fidelity", of_torch_fidelity)]:
            features = make(divisor)
            for name in names:
                values = features(picture(name, *PICTURES[name]))
                goldens[f"{divisor} {program} {name}"] = values.numpy().astype(numpy.float32)
save_file(goldens, "inception.safetensors")
