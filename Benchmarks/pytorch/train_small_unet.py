"""How fast PyTorch trains the small U-Net on this machine: the peer that `workbench bench train` is held against.

    python train_small_unet.py                    # fp32 and bf16; eager, channels-last, compiled; the best of each
    python train_small_unet.py --json

The step is the benchmark's (experiments/bench/small-unet.yaml): 3×32×32 images, batch 64, 2 levels, 64 base channels;
draw timesteps and noise, mix, predict, mean squared error, backward, Adam (the fused one). bf16 is autocast over the
forward pass, as PyTorch recommends on CPUs. Medians over steps, after warm-up. Needs torch.
"""
import argparse
import json
import pathlib
import statistics
import sys
import time

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs" / "reference"))
from small_unet import DiffusionUNet  # noqa: E402

LAYOUTS = ["eager", "channels-last", "compiled", "compiled channels-last"]


def make_step(options, precision, layout):
    """One training step as a function."""
    torch.manual_seed(0)
    network = DiffusionUNet(3, options.base_channels, levels=options.levels)
    images = 2 * torch.rand(4 * options.batch, 3, options.size, options.size) - 1
    if "channels-last" in layout:
        network = network.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    predict = torch.compile(network) if "compiled" in layout else network
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, fused=True)
    alphas_cumprod = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)
    signal, sigma = alphas_cumprod.sqrt().float(), (1 - alphas_cumprod).sqrt().float()

    def step(index):
        start = index % 4 * options.batch
        x0 = images[start:start + options.batch]
        t = torch.randint(0, 1000, (options.batch,))
        noise = torch.randn_like(x0)
        x = signal[t].view(-1, 1, 1, 1) * x0 + sigma[t].view(-1, 1, 1, 1) * noise
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            prediction = predict(x, t)
        torch.nn.functional.mse_loss(prediction.float(), noise).backward()
        optimizer.step()

    return step


def milliseconds(step, options):
    for i in range(options.warmup):
        step(i)
    times = []
    for i in range(options.steps):
        start = time.perf_counter()
        step(i)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--levels", type=int, default=2)
    parser.add_argument("--base-channels", type=int, default=64)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--threads", type=int, help="default: PyTorch's own choice")
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16"], choices=["fp32", "bf16"])
    parser.add_argument("--layouts", nargs="+", default=LAYOUTS, choices=LAYOUTS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)

    rows, best = [], {}
    for precision in options.precisions:
        for layout in options.layouts:
            try:
                ms = milliseconds(make_step(options, precision, layout), options)
            except Exception as error:  # torch.compile needs a C++ compiler, and more
                print(f"{precision} {layout}: not possible here: {str(error).splitlines()[0]}", file=sys.stderr)
                continue
            row = {"precision": precision, "layout": layout, "millisecondsPerStep": ms,
                   "imagesPerSecond": 1000 * options.batch / ms}
            rows.append(row)
            if not options.json:
                print(f"{precision}  {layout:<24} {ms:8.1f} ms/step {row['imagesPerSecond']:8.1f} images/s", flush=True)
            if row["imagesPerSecond"] > best.get(precision, row)["imagesPerSecond"] or precision not in best:
                best[precision] = row
    if options.json:
        print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads(), "rows": rows, "best": best},
                         indent=2, sort_keys=True))
    else:
        for precision, row in best.items():
            print(f"best {precision}: {row['imagesPerSecond']:.0f} images/s ({row['layout']}), "
                  f"torch {torch.__version__}, {torch.get_num_threads()} threads")


if __name__ == "__main__":
    main()
