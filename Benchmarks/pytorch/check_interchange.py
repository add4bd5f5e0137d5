"""Does a network mean the same here and in PyTorch? Both ways, by the numbers.

    python check_interchange.py                                   # networks that PyTorch makes
    python check_interchange.py runs-out/network.safetensors …    # and networks that the workbench trained

To the workbench: random networks of docs/reference/small_unet.py, saved with safetensors and nothing in the metadata,
are given to `workbench predict`. From the workbench: its file goes through `load_state_dict(strict=True)`. Either way
both predict from the same input in float32 and ‖a−b‖/‖b‖ of the predictions is printed. Exit code 1 if one is over
the tolerance, or a file cannot be read.

Needs torch and safetensors.
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
    kind = {ConditionalDiffusionUNet: "concat", TimeConditionedDiffusionUNet: "time"}.get(type(network), "plain")
    return (f"{kind}, {len(network.encoder)} levels, base {network.encoder[0][0].out_channels}, "
            f"{network.time_embedding}")


def inputs_for(network, height, width, count=4):
    """Noise at timesteps from the first to the last; the last image has the null condition."""
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", type=pathlib.Path, help="network.safetensors that the workbench wrote")
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
    for path in options.networks:
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
