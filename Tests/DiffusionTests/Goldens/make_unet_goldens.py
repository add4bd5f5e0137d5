"""Makes the golden numbers of the residual U-Net from diffusers' UNet2DModel: the folders unet/NAME.

    python make_unet_goldens.py            # writes the folders
    python make_unet_goldens.py --check    # makes them again and compares with those that are there

Needs torch, diffusers and safetensors. Each folder is a model as `save_pretrained` writes it, and beside it
`golden.safetensors`: inputs, the expected output, a gradient at the output, and what it is at the input and at every
parameter. All of it is computed in float64 from the weights as they are in the file, by torch on one thread, and rounded
to float32 once; only the sinusoids of the time are float32, as diffusers makes them. Beside each folder the script
prints how far torch's own float32 is from it.
"""
import argparse
import pathlib
import sys
import tempfile

import torch
from diffusers import UNet2DModel, logging
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent / "unet"
PLAIN, ATTENTION = ("DownBlock2D", "UpBlock2D"), ("AttnDownBlock2D", "AttnUpBlock2D")
# A gradient of more values than this keeps every STRIDE-th of them: files stay small, and no index is safe from being
# looked at, since the stride divides no side of any tensor.
WHOLE, STRIDE = 500, 7


def levels(channels, attention=(), **options):
    """Options of a network with these channels a level and self-attention at the levels named."""
    kinds = [ATTENTION if i in attention else PLAIN for i in range(len(channels))]
    return dict(dict(block_out_channels=channels, down_block_types=[down for down, _ in kinds],
                     up_block_types=[up for _, up in reversed(kinds)], layers_per_block=1, norm_num_groups=4,
                     attention_head_dim=4, sample_size=8), **options)


# name: options, images (N, H, W), timesteps, half precision
NETWORKS = {
    "one_level_classes": (
        levels([8], in_channels=1, out_channels=1, num_class_embeds=6, layers_per_block=2), (4, 8, 8),
        [0, 40, 640, 999]),
    "two_levels": (levels([8, 12], attention=[1]), (3, 8, 8), [0, 421, 999]),
    "three_levels_nonsquare": (
        levels([8, 8, 12], attention=[1], in_channels=2, out_channels=2, num_class_embeds=4, sample_size=[8, 16]),
        (2, 8, 16), [17, 803]),
    # The options of the networks that Ho 2020 trained on CIFAR-10.
    "ddpm_options": (
        levels([8, 12], attention=[1], attention_head_dim=None, downsample_padding=0,
               flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6), (2, 8, 8), [1, 999]),
    # The middle's attention has no norm of its own then.
    "scale_shift": (
        levels([8, 8], attention=[0], resnet_time_scale_shift="scale_shift", center_input_sample=True,
               num_class_embeds=3), (3, 8, 8), [5, 500, 900]),
    # With classes: their vector scales and shifts too. Norms at every level, up and down.
    "scale_shift_classes": (
        levels([8, 12], attention=[1], in_channels=1, out_channels=1, resnet_time_scale_shift="scale_shift",
               num_class_embeds=4), (3, 8, 8), [7, 444, 998]),
    "no_middle_attention": (
        levels([8, 8], add_attention=False, mid_block_scale_factor=2.0), (2, 8, 12), [250, 750]),
    "attention_everywhere": (
        levels([8, 8], attention=[0, 1], mid_block_scale_factor=2.0, attention_head_dim=2), (2, 8, 8), [250, 750]),
    # Beside its prediction it says variances.
    "learned_variance": (
        levels([8, 12], attention=[1], out_channels=6, resnet_time_scale_shift="scale_shift"), (2, 8, 8), [3, 640]),
    # A group of a concatenation takes channels of both its parts: (24 + 40) / 4 is 16.
    "straddling_groups": (
        levels([24, 40], attention=[0], attention_head_dim=8, norm_num_groups=4), (2, 4, 8), [3, 996], True),
}


def make_network(options, half=False):
    """The library's initialisation, but norms and biases that do something: at 1 and 0 a network that ignored them
    would pass."""
    network = UNet2DModel(**options)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.GroupNorm):
                module.weight.add_(0.3 * torch.randn_like(module.weight))
                module.bias.add_(0.3 * torch.randn_like(module.bias))
            elif getattr(module, "bias", None) is not None:
                module.bias.add_(0.1 * torch.randn_like(module.bias))
            # Attention that tells pixels apart: drawn as it is, its weights are nearly the same everywhere.
            if module.__class__.__name__ == "Attention":
                module.to_q.weight.mul_(3)
                module.to_k.weight.mul_(3)
    return network.half() if half else network


def relative_error(a, b):
    difference, norm = (a.double() - b.double()).norm().item(), b.double().norm().item()
    return difference / norm if norm else difference


def forward_and_backward(folder, inputs, dtype):
    """Output, and the gradients of sum(output · seed)."""
    network = UNet2DModel.from_pretrained(folder, torch_dtype=torch.float32, low_cpu_mem_usage=False).to(dtype)
    network.train(False)
    x = inputs["x"].to(dtype).requires_grad_(True)
    output = network(x, inputs["t"], class_labels=inputs.get("class")).sample
    (output * inputs["seed"].to(dtype)).sum().backward()
    tensors = {"output": output.detach(), "gradient": x.grad}
    for name, parameter in network.named_parameters():
        gradient = parameter.grad
        if gradient.numel() > WHOLE:
            gradient = gradient.flatten()[::STRIDE]
        # Softmax takes out what the bias of the keys adds: exactly nothing, and rounding in float64.
        if gradient.norm() < 1e-12:
            gradient = torch.zeros_like(gradient)
        tensors[f"gradients/{name}"] = gradient
    return tensors


def make(name, folder):
    options, (count, height, width), timesteps, *half = NETWORKS[name]
    torch.manual_seed(sum(map(ord, name)))
    make_network(options, *half).save_pretrained(folder)
    channels = options.get("in_channels", 3)
    inputs = {"x": torch.randn(count, channels, height, width), "t": torch.tensor(timesteps),
              "seed": torch.randn(count, options.get("out_channels", 3), height, width)}
    if embeddings := options.get("num_class_embeds"):
        inputs["class"] = torch.arange(count) % embeddings
        inputs["class"][-1] = embeddings - 1  # the null class of the workbench
    exact = forward_and_backward(folder, inputs, torch.float64)
    single = forward_and_backward(folder, inputs, torch.float32)
    gradients = [key for key in exact if key.startswith("gradient")]
    gradients = [key for key in gradients if exact[key].any()]
    smallest = min(exact[key].norm().item() for key in gradients)
    worst = max(gradients, key=lambda key: relative_error(single[key], exact[key]))
    tensors = {**inputs, **{key: value.float().contiguous() for key, value in exact.items()}}
    save_file(tensors, folder / "golden.safetensors", {"stride": str(STRIDE), "whole": str(WHOLE)})
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name:<24} {size / 1000:6.0f} kB  float32 is off by {relative_error(single['output'], exact['output']):.1e},"
          f" gradients {relative_error(single[worst], exact[worst]):.1e} ({worst}); least norm {smallest:.1e}")


def differences(name, folder):
    """Files whose tensors are not those that are there, beyond another rounding."""
    for file in sorted(path.name for path in folder.iterdir() if path.suffix == ".safetensors"):
        new, old = load_file(folder / file), load_file(HERE / name / file)
        if new.keys() != old.keys() or any(
                new[key].shape != old[key].shape or relative_error(new[key], old[key]) > 1e-6 for key in new):
            yield f"{name}/{file}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the files that are there")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    if not options.check:
        for name in NETWORKS:
            make(name, HERE / name)
        return
    different = []
    for name in NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            make(name, pathlib.Path(folder))
            different += differences(name, pathlib.Path(folder))
    print("different: " + ", ".join(different) if different else "the same")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
