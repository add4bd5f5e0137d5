#!/usr/bin/env bash
# Hugging Face datasets: a class called "train" is taken for the training split, and the other classes are gone
#
# One would guess: `load_dataset("imagefolder", data_dir=D)` on a folder a class gives all images with their classes, as
# torchvision's ImageFolder does, and as it does itself for folders called cat and dog.
#
# What happens (datasets 4.4.1, pillow 12.0.0): a folder, or a single file, whose name has train, test, valid, dev, eval …
# as a word of its own is taken for a split, and what is not part of a split is left out without a word. Of CIFAR-100
# written as a folder a class, one class of which is called "train", only that class is left: 1 class of 100, and the
# labels are gone with the others. One photograph called train.png among the buses does the same: 1 image of all. And one
# image beside the class folders, or one folder deeper, takes all labels away.
#
# What follows: diffusers' training scripts (`--train_data_dir`) read images in this way. Print len(dataset) and the
# features before training; rename such folders and files, or name the files by `data_files`. The workbench takes `train`
# and `test` for parts only where every folder beside them is one too, and `workbench data FILE` says what was found.
#
# Output seen:
#   cat, dog              4 images, classes ['cat', 'dog']
#   bus, car, train       2 images, classes None
#   a file bus/train.png  1 images, classes None
#   a file beside them    5 images, classes None
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet datasets==4.4.1 pillow==12.0.0
HF_HOME=$folder/home HF_DATASETS_OFFLINE=1 "$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
import os
import tempfile

import datasets
from PIL import Image

datasets.disable_progress_bar()


def show(title, names):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        for level, name in enumerate(names):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            Image.new("L", (4, 4), level).save(path)
        parts = datasets.load_dataset("imagefolder", data_dir=folder, cache_dir=cache)
        count = sum(len(part) for part in parts.values())
        features = next(iter(parts.values())).features
        classes = getattr(features.get("label"), "names", None)
        print(f"{title:<21} {count} images, classes {classes}")


plain = ["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"]
show("cat, dog", plain)
show("bus, car, train", ["bus/1.png", "bus/2.png", "car/1.png", "car/2.png", "train/1.png", "train/2.png"])
show("a file bus/train.png", ["bus/1.png", "bus/train.png", "car/1.png", "car/2.png"])
show("a file beside them", plain + ["3.png"])
PYTHON
diff - "$folder/output" <<'EXPECTED'
cat, dog              4 images, classes ['cat', 'dog']
bus, car, train       2 images, classes None
a file bus/train.png  1 images, classes None
a file beside them    5 images, classes None
EXPECTED
