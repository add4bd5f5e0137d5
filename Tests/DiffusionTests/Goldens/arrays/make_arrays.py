"""Small arrays of every type as NumPy writes them.

    pip install numpy==2.4.6
    python make_arrays.py

Image n of N has at row y, column x and channel c the number (40·n + 12·y + 4·x + c) mod 256, of signed types that less
128. Floats are that number over 127.5, less 1; bool says whether it is above 3, modulo 8.
"""
from pathlib import Path

import numpy as np

here = Path(__file__).parent
N, H, W = 6, 3, 2


def images(channels=None):
    n, y, x, c = np.ogrid[0:N, 0:H, 0:W, 0:channels or 1]
    numbers = (40 * n + 12 * y + 4 * x + c) % 256
    return numbers if channels else numbers[..., 0]


labels = np.array([2, 0, 1, 1, 0, 2])
grey, colour = images(), images(3)

for old in here.glob("*.np[yz]"):
    old.unlink()
for kind in ["u1", "u2", "u4", "u8", "i2", "i4", "i8"]:
    for order in ["<", ">"] if kind != "u1" else ["|"]:
        np.save(here / f"{'big-' if order == '>' else ''}{kind}.npy", grey.astype(order + kind))
np.save(here / "i1.npy", (grey - 128).astype("i1"))
np.save(here / "bool.npy", grey % 8 > 3)
for kind in ["f2", "f4", "f8"]:
    for order in "<>":
        values = (grey / 127.5 - 1).astype(order + kind)
        np.save(here / f"{'big-' if order == '>' else ''}{kind}.npy", values)
np.save(here / "fortran.npy", np.asfortranarray(colour.astype("u1")))
np.save(here / "nchw.npy", np.ascontiguousarray(colour.astype("u1").transpose(0, 3, 1, 2)))
np.save(here / "nhwc.npy", colour.astype("u1"))
np.save(here / "labels.npy", labels)

bytes_ = colour.astype("u1")
np.savez(here / "ours.npz", images=bytes_, labels=labels, test_images=bytes_[::-1][:2], test_labels=labels[:2])
np.savez_compressed(
    here / "medmnist.npz", train_images=bytes_, train_labels=labels[:, None].astype("u1"), val_images=bytes_[:1],
    val_labels=labels[:1, None].astype("u1"), test_images=bytes_[::-1][:2], test_labels=labels[:2, None].astype("u1"))
np.savez(here / "keras.npz", x_train=grey.astype("u1"), y_train=labels.astype("u1"), x_test=grey[:1].astype("u1"),
         y_test=labels[:1].astype("u1"))
np.savez(here / "positions.npz", bytes_, labels)
np.savez(here / "one.npz", pictures=grey.astype("u1"), scale=np.array(3.0))
np.savez(here / "target.npz", images=grey.astype("u1"), target=labels[:, None], ids=np.arange(N))
np.savez(here / "two.npz", left=grey.astype("u1"), right=grey.astype("u1"), kind=np.eye(3)[labels])
# Attributes: hair of three kinds, of which image 5 alone has 4; glasses or none, hat or none; an age.
hair, worn = np.array([1, 0, 1, 0, 1, 4]), np.array([[0, 1], [1, 1], [0, 0], [1, 0], [0, 1], [1, 1]])
np.savez(here / "attributes.npz", train_images=grey.astype("u1"), train_hair=hair, worn=worn,
         age=np.array([20, 31.5, 42, 17, 60, 55]), test_images=grey[:2].astype("u1"), test_hair=hair[:2],
         test_worn=worn[:2], test_age=np.array([20, 31.5]))
