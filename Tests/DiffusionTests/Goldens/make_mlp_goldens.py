"""Makes mlp_*.safetensors from docs/reference/mlp.py: predictions and gradients of small networks over vectors.

    python make_mlp_goldens.py            # writes them beside this script
    python make_mlp_goldens.py --check    # makes them again and compares with those that are there

As make_goldens.py does: float64 by torch, rounded once at the end. Vectors are kept as images of 1x1.
"""
import argparse
import sys

import torch
from safetensors.torch import save_file

from make_goldens import HERE, compare, forward_and_backward, relative_error
from mlp import MLP

CLASSES = 5
# network's settings, times
NETWORKS = {
    "mlp_sinusoidal": (dict(dimensions=2, width=24, layers=3, time_embedding_dim=16), [0, 1, 421, 998, 999]),
    "mlp_linear": (
        dict(dimensions=3, width=9, layers=1, time_embedding_dim=8, time_embedding="linear"), [3, 500, 999]),
    "mlp_embedded": (
        dict(dimensions=2, width=40, layers=2, time_embedding_dim=32, input_embedding_dim=16), [0, 40, 640, 999]),
    "mlp_classes": (
        dict(dimensions=5, width=16, layers=2, time_embedding_dim=16, input_embedding_dim=2, classes=CLASSES),
        [1, 333, 750, 998]),
    # After the others in the alphabet: a network's place there is its seed.
    "mlp_vector": (dict(dimensions=2, width=16, layers=2, time_embedding_dim=16, vector=3), [1, 333, 750, 998]),
}


def network_golden(name):
    settings, timesteps = NETWORKS[name]
    torch.manual_seed(sorted(NETWORKS).index(name) + 201)
    network = MLP(**settings)
    x, noise = torch.randn(2, len(timesteps), settings["dimensions"])
    t = torch.tensor(timesteps, dtype=torch.int64)
    inputs, tensors = [x, t], {"x": x[:, :, None, None], "t": t, "noise": noise[:, :, None, None]}
    if "classes" in settings:
        # The last vector has the null class.
        tensors["class"] = torch.tensor([4, 0, 2, CLASSES], dtype=torch.int64)
        inputs.append(tensors["class"])
    if "vector" in settings:
        # The last has nothing said of it.
        told = torch.cat([torch.randn(len(timesteps), settings["vector"]), torch.ones(len(timesteps), 1)], dim=1)
        told[-1] = 0
        tensors["condition"] = told
        inputs += [None, told]
    results = {}
    for dtype in (torch.float64, torch.float32):
        copy = MLP(**settings).to(dtype)
        copy.load_state_dict({k: v.to(dtype) for k, v in network.state_dict().items()})
        results[dtype] = forward_and_backward(copy, inputs, noise)
    exact, single = results[torch.float64], results[torch.float32]
    worst = max((relative_error(single[2][k], g), k) for k, g in exact[2].items())
    print(f"{name}: {sum(p.numel() for p in network.parameters())} parameters; torch's float32 is off by "
          f"{relative_error(single[0], exact[0]):.1e} in the prediction, {worst[0]:.1e} in the gradient of {worst[1]}")
    tensors["prediction"] = exact[0].float()[:, :, None, None]
    tensors["loss"] = exact[1].reshape(1).float()
    for k, v in network.state_dict().items():
        tensors[f"weights/{k}"] = v
        tensors[f"gradients/{k}"] = exact[2][k].float()
    return tensors, {k: str(v) for k, v in settings.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files that are there, write nothing")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}")
    bad = []
    for name in NETWORKS:
        tensors, metadata = network_golden(name)
        path = HERE / f"{name}.safetensors"
        if check:
            bad += [problem for problem in [compare(path, tensors)] if problem]
        else:
            save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata)
    if bad:
        sys.exit("\n".join(bad))


if __name__ == "__main__":
    main()
