"""Does a network mean the same here and in PyTorch? Both ways, by the numbers.

    python check_interchange.py                                   # networks that PyTorch makes
    python check_interchange.py runs-out/network.safetensors …    # and networks that the workbench trained

To the workbench: random networks of docs/reference/small_unet.py, saved with safetensors and nothing in the metadata,
and folders of diffusers' UNet2DModel, are given to `workbench predict`. From the workbench: its file goes through
`load_state_dict(strict=True)`, and folders that `workbench export --format diffusers` wrote through
`UNet2DModel.from_pretrained`. Either way both predict from the same input in float32 and ‖a−b‖/‖b‖ of the predictions
is printed. Exit code 1 if one is over the tolerance, or a file cannot be read.

Needs torch and safetensors, and diffusers for its models; without it they are left out, and said so.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs" / "reference"))
from small_unet import ConditionalDiffusionUNet, DiffusionUNet, TimeConditionedDiffusionUNet  # noqa: E402

TO_WORKBENCH = [  # network, height, width
    (lambda: DiffusionUNet(3, 64), 32, 32),
    (lambda: DiffusionUNet(1, 8, 32, levels=1), 16, 16),
    (lambda: DiffusionUNet(1, 32, levels=4, time_embedding="sinusoidal"), 32, 32),
    (lambda: DiffusionUNet(3, 24, 64, levels=3), 20, 28),
    (lambda: ConditionalDiffusionUNet(3, 10, 64), 32, 32),
    (lambda: ConditionalDiffusionUNet(1, 7, 16, levels=3, time_embedding="sinusoidal"), 16, 24),
    (lambda: TimeConditionedDiffusionUNet(3, 10, 64), 32, 32),
    (lambda: TimeConditionedDiffusionUNet(1, 7, 32, levels=4, time_embedding="sinusoidal"), 32, 32),
]

RESIDUAL = [  # options of UNet2DModel, height, width
    (dict(sample_size=32, block_out_channels=(64, 128, 128), layers_per_block=2,
          down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
          up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D")), 32, 32),
    (dict(sample_size=32, block_out_channels=(32, 64), layers_per_block=1, num_class_embeds=11, in_channels=1,
          out_channels=1, down_block_types=("AttnDownBlock2D", "DownBlock2D"),
          up_block_types=("UpBlock2D", "AttnUpBlock2D")), 28, 20),
    (dict(sample_size=16, block_out_channels=(32, 64, 64), layers_per_block=2, downsample_padding=0,
          flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6, attention_head_dim=None,
          down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
          up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D")), 16, 16),
    (dict(sample_size=(16, 24), block_out_channels=(24, 40), layers_per_block=1, norm_num_groups=8,
          resnet_time_scale_shift="scale_shift", mid_block_scale_factor=2.0,
          down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D")), 16, 24),
]


def network_of(weights, diffusion_steps):
    """The network that a file's names and shapes describe, with its weights."""
    levels = sum(name.startswith("encoder.") and name.endswith(".0.weight") for name in weights)
    features, dim = weights["time_mlp.0.weight"].shape[1], weights["time_mlp.2.weight"].shape[0]
    settings = dict(in_channels=weights["output.weight"].shape[0], base_channels=weights["encoder.0.0.weight"].shape[0],
                    time_embedding_dim=dim, diffusion_steps=diffusion_steps, levels=levels,
                    time_embedding="linear" if features == 1 else "sinusoidal")
    if "condition_embed.0.weight" in weights:
        network = ConditionalDiffusionUNet(condition_dim=weights["condition_embed.0.weight"].shape[1], **settings)
    elif "class_embedding.weight" in weights:
        network = TimeConditionedDiffusionUNet(classes=weights["class_embedding.weight"].shape[0] - 1, **settings)
    else:
        network = DiffusionUNet(**settings)
    network.load_state_dict(weights, strict=True)
    return network


def describe(network):
    if is_residual(network):
        config = network.config
        return (f"unet {'/'.join(map(str, config.block_out_channels))}, {config.layers_per_block} blocks, "
                f"{config.num_class_embeds or 'no'} classes")
    kind = {ConditionalDiffusionUNet: "concat", TimeConditionedDiffusionUNet: "time"}.get(type(network), "plain")
    return (f"{kind}, {len(network.encoder)} levels, base {network.encoder[0][0].out_channels}, "
            f"{network.time_embedding}")


def is_residual(network):
    return type(network).__name__ == "UNet2DModel"


def inputs_for(network, height, width, count=4):
    """Noise at timesteps from the first to the last; the last image has the null condition."""
    if is_residual(network):
        tensors = {"x": torch.randn(count, network.config.in_channels, height, width),
                   "t": torch.linspace(0, 999, count).long()}
        if k := network.config.num_class_embeds:
            tensors["class"] = torch.arange(count) % k
            tensors["class"][-1] = k - 1
        return tensors
    tensors = {"x": torch.randn(count, network.output.out_channels, height, width),
               "t": torch.linspace(0, network.diffusion_steps - 1, count).long()}
    if isinstance(network, ConditionalDiffusionUNet):
        k = network.condition_embed[0].in_features
        tensors["condition"] = torch.eye(k)[torch.arange(count) % k]
        tensors["condition"][-1] = 0
    elif isinstance(network, TimeConditionedDiffusionUNet):
        k = network.class_embedding.num_embeddings - 1
        tensors["class"] = torch.arange(count) % k
        tensors["class"][-1] = k
    return tensors


def compare(workbench, checkpoint, network, height, width, precision):
    """(relative error, None), or (None, what the workbench said)."""
    tensors = inputs_for(network, height, width)
    with torch.no_grad():
        expected = network(*tensors.values())
        expected = expected.sample if is_residual(network) else expected
    with tempfile.TemporaryDirectory() as folder:
        source, result = pathlib.Path(folder, "in.safetensors"), pathlib.Path(folder, "out.safetensors")
        save_file(tensors, source)
        command = [workbench, "predict", checkpoint, "--input", source, "--output", result, "--precision", precision]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return None, f"exit code {done.returncode}: {done.stderr.strip()}"
        prediction = load_file(result)["prediction"]
    if prediction.shape != expected.shape:
        return None, f"shape {tuple(prediction.shape)}, not {tuple(expected.shape)}"
    return ((prediction - expected).norm() / expected.norm()).item(), None


def export(workbench, checkpoint, folder):
    """Has the workbench write a diffusers folder; what it said if it did not."""
    done = subprocess.run([workbench, "export", checkpoint, "--format", "diffusers", "-o", folder],
                          capture_output=True, text=True)
    return f"exit code {done.returncode}: {done.stderr.strip()}" if done.returncode else None


def check_residual(options, show):
    """A model of diffusers to the workbench, and from there, exported, back."""
    try:
        from diffusers import UNet2DModel, logging
    except ImportError:
        print("diffusers is not installed: its models are left out")
        return
    logging.set_verbosity_error()
    for settings, height, width in RESIDUAL:
        with tempfile.TemporaryDirectory() as folder:
            theirs, ours = pathlib.Path(folder, "theirs"), pathlib.Path(folder, "ours")
            network = UNet2DModel(**settings).eval()
            network.save_pretrained(theirs)
            show("to workbench", describe(network),
                 *compare(options.workbench, theirs, network, height, width, options.precision))
            problem = export(options.workbench, theirs, ours)
            if problem:
                show("from workbench", describe(network), None, problem)
                continue
            back = UNet2DModel.from_pretrained(ours, low_cpu_mem_usage=False).eval()
            settled = [key for key in network.config if not key.startswith("_")]
            different = [key for key in settled if plain(back.config[key]) != plain(network.config[key])]
            show("from workbench", describe(back),
                 *(compare(options.workbench, ours, back, height, width, options.precision)
                   if not different else (None, f"options differ: {', '.join(different)}")))
    for path in options.networks:
        if not path.is_dir():
            continue
        network = UNet2DModel.from_pretrained(path, low_cpu_mem_usage=False).eval()
        show("from workbench", f"{path.name}: {describe(network)}",
             *compare(options.workbench, path, network, options.size, options.size, options.precision))


def plain(value):
    return list(value) if isinstance(value, tuple) else value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", type=pathlib.Path, help="network.safetensors, or diffusers folder, that the workbench wrote")
    parser.add_argument("--workbench", type=pathlib.Path, default=ROOT / ".build/release/workbench")
    parser.add_argument("--diffusion-steps", type=int, default=1000, help="T of the networks given")
    parser.add_argument("--size", type=int, default=32, help="side of the images for the networks given")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16", "fp16"])
    parser.add_argument("--tolerance", type=float, default=1e-5)
    options = parser.parse_args()
    torch.manual_seed(0)
    bad = 0

    def show(direction, network, error, problem):
        nonlocal bad
        fine = problem is None and error <= options.tolerance
        bad += not fine
        print(f"{direction:<18} {network:<44} " + (f"{error:.1e}  {'ok' if fine else 'TOO FAR'}" if problem is None
                                                   else f"FAILED  {problem}"), flush=True)

    print(f"{'':<18} {'network':<44} relative error")
    with tempfile.TemporaryDirectory() as folder:
        for make, height, width in TO_WORKBENCH:
            network = make()
            checkpoint = pathlib.Path(folder, "network.safetensors")
            save_file(network.state_dict(), checkpoint)
            show("to workbench", describe(network),
                 *compare(options.workbench, checkpoint, network, height, width, options.precision))
    check_residual(options, show)
    for path in options.networks:
        if path.is_dir():
            continue
        try:
            network = network_of(load_file(path), options.diffusion_steps)
        except Exception as error:  # whatever a file may hold: say so and go on with the next
            show("from workbench", path.name, None, f"{path}: {error}")
            continue
        show("from workbench", describe(network),
             *compare(options.workbench, path, network, options.size, options.size, options.precision))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
