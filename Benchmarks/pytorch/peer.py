"""One figure of PyTorch: a network, a task, a precision, a layout. compare.py runs it, each time in a process of its own.

    python peer.py --network small-unet --task train --precision bf16 --layout compiled

The networks are those of experiments/bench: docs/reference/small_unet.py with 2 levels and 64 base channels, and
diffusers' UNet2DModel with channels 64/128/128, two residual blocks a level and attention at the middle level; images are
3×32×32. A training step draws timesteps and noise, mixes, predicts, takes the mean squared error back and steps the fused
Adam. Sampling evaluates the network once for each image, under torch.inference_mode. bf16 is autocast over the forward
pass, as PyTorch recommends on CPUs. The figure is the median over steps; memory is the process's high-water mark.

Prints one JSON document. Needs torch, and diffusers for the residual U-Net.
"""
import argparse
import json
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYOUTS = ["eager", "channels-last", "compiled", "compiled channels-last"]
BATCHES = {"small-unet": 64, "residual-unet": 32}
SIZE = 32


def make_network(name):
    """The network, and how it is called: (x, t) → prediction."""
    if name == "small-unet":
        sys.path.insert(0, str(ROOT / "docs" / "reference"))
        from small_unet import DiffusionUNet
        return DiffusionUNet(3, 64, levels=2), lambda network: network
    from diffusers import UNet2DModel
    network = UNet2DModel(
        sample_size=SIZE, in_channels=3, out_channels=3, block_out_channels=(64, 128, 128), layers_per_block=2,
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"))
    return network, lambda network: lambda x, t: network(x, t, return_dict=False)[0]


def make_step(name, task, precision, layout):
    """One training step, or one evaluation of the batch, as a function."""
    import torch

    torch.manual_seed(0)
    network, calling = make_network(name)
    batch = BATCHES[name]
    images = 2 * torch.rand(4 * batch, 3, SIZE, SIZE) - 1
    if "channels-last" in layout:
        network = network.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    predict = calling(torch.compile(network) if "compiled" in layout else network)
    autocast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16")

    if task == "sample":
        network.eval()
        x, t = images[:batch], torch.arange(batch) * 1000 // batch

        def evaluate(index):
            with torch.inference_mode(), autocast:
                predict(x, t)

        return evaluate

    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, fused=True)
    alphas_cumprod = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)
    signal, sigma = alphas_cumprod.sqrt().float(), (1 - alphas_cumprod).sqrt().float()

    def train(index):
        start = index % 4 * batch
        x0 = images[start:start + batch]
        t = torch.randint(0, 1000, (batch,))
        noise = torch.randn_like(x0)
        x = signal[t].view(-1, 1, 1, 1) * x0 + sigma[t].view(-1, 1, 1, 1) * noise
        optimizer.zero_grad(set_to_none=True)
        with autocast:
            prediction = predict(x, t)
        torch.nn.functional.mse_loss(prediction.float(), noise).backward()
        optimizer.step()

    return train


def seconds_per_step(step, options):
    for i in range(options.warmup):
        step(i)
    times, begin = [], time.perf_counter()
    while len(times) < options.steps or time.perf_counter() - begin < options.seconds:
        start = time.perf_counter()
        step(len(times))
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_memory_mib():
    """The high-water mark of the resident size, of this process alone: no compiler that it started."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("/proc/self/status has no VmHWM: memory is measured on Linux only")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="small-unet", choices=BATCHES)
    parser.add_argument("--task", default="train", choices=["train", "sample"])
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--layout", default="eager", choices=LAYOUTS)
    parser.add_argument("--seconds", type=float, default=5, help="to measure for, at least")
    parser.add_argument("--steps", type=int, default=10, help="to measure, at least")
    parser.add_argument("--warmup", type=int, default=3, help="steps")
    parser.add_argument("--threads", type=int, help="default: PyTorch's own choice")
    options = parser.parse_args()

    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    seconds = seconds_per_step(make_step(options.network, options.task, options.precision, options.layout), options)
    print(json.dumps({
        "network": options.network, "task": options.task, "precision": options.precision, "layout": options.layout,
        "imagesPerSecond": BATCHES[options.network] / seconds, "millisecondsPerStep": 1000 * seconds,
        "peakMemoryMiB": peak_memory_mib(), "threads": torch.get_num_threads(), "torch": torch.__version__,
    }, sort_keys=True))


if __name__ == "__main__":
    main()
