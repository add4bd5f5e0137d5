"""How long 100,000 JPEGs of 64×64 take to load: PyTorch's ImageFolder and DataLoader with two workers, and the workbench, in
turn; the latter with an empty cache and with a full one.

    pip install torch==2.15.0 torchvision==0.29.2 pillow==13.0.0 numpy
    python Benchmarks/pytorch/load_images.py [path of workbench]

Both end with every image decoded in memory: PyTorch as batches of 256 float tensors that are thrown away, the workbench as a
data set whose fingerprint is known (`workbench plan`).
"""
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

COUNT, SIDE, ROUNDS = 100_000, 64, 3
workbench = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".build/release/workbench")

TORCH = """
import sys
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import ToTensor
images = DataLoader(ImageFolder(sys.argv[1], ToTensor()), batch_size=256, num_workers=2)
print(sum(len(batch) for batch, _ in images))
"""


def make(folder):
    """Smooth colours with noise, about 4 kB each."""
    random = np.random.default_rng(0)
    smooth = [Image.fromarray(random.integers(0, 256, (9, 9, 3), np.uint8)).resize((96, 96)) for _ in range(400)]
    smooth = [np.array(picture).astype(int) for picture in smooth]
    for kind in range(10):
        (folder / str(kind)).mkdir(parents=True)
    for i in range(COUNT):
        y, x = random.integers(0, 96 - SIDE, 2)
        values = smooth[i % 400][y:y + SIDE, x:x + SIDE] + random.integers(-12, 13, (SIDE, SIDE, 3))
        picture = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
        picture.save(folder / str(i % 10) / f"{i:06}.jpg", quality=90)


def timed(*command, **options):
    """Seconds, and the largest resident size of the process and its own in MiB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        make(place / "images")
        (place / "a.yaml").write_text(
            "data: {source: images, path: images}\nmodel: {levels: 2, base_channels: 8}\ntraining: {steps: 1}\n")
        cache = place / "cache"
        environment = dict(os.environ, WORKBENCH_CACHE=str(cache))
        # What was just written is not kept in the cache.
        time.sleep(3)

        def plan():
            return timed(workbench, "plan", "a.yaml", cwd=place, env=environment)

        rounds = {"ImageFolder, two workers": [], "workbench, empty cache": [], "workbench, full cache": []}
        for _ in range(ROUNDS):
            rounds["ImageFolder, two workers"].append(timed(sys.executable, "-c", TORCH, str(place / "images")))
            shutil.rmtree(cache, ignore_errors=True)
            rounds["workbench, empty cache"].append(plan())
            rounds["workbench, full cache"].append(plan())
        print("| | seconds | MiB |\n|---|---:|---:|")
        for name, found in rounds.items():
            seconds, memory = (sorted(column)[ROUNDS // 2] for column in zip(*found))
            print(f"| {name} | {seconds:.1f} | {memory:,.0f} |")
        size = sum(file.stat().st_size for file in cache.rglob("*") if file.is_file())
        print(f"\nThe cache holds {size / (COUNT * SIDE * SIDE * 3):.3f} times the bytes of the images.")


main()
