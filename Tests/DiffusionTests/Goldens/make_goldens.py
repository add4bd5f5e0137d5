"""Makes the golden numbers of this folder from the reference networks in docs/reference/small_unet.py.

    python make_goldens.py            # writes the .safetensors beside this script
    python make_goldens.py --check    # makes them again and compares with those that are there

Needs torch and safetensors. Everything is computed in float64 by torch on one thread and rounded to float32 once at
the end, so that the tolerance of a test is not eaten by torch's own rounding. Beside each file the script prints how
far torch's own float32 is from it: what a good float32 implementation can be expected to reach.
"""
import argparse
import math
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "docs" / "reference"))
from small_unet import ConditionalDiffusionUNet, DiffusionUNet, TimeConditionedDiffusionUNet  # noqa: E402

CLASSES = 10
KINDS = {"none": DiffusionUNet, "concat": ConditionalDiffusionUNet, "time": TimeConditionedDiffusionUNet}
# name: conditioning, network's settings, images (N, H, W), timesteps
NETWORKS = {
    "plain_levels2_linear": (
        "none", dict(in_channels=3, base_channels=8, levels=2, time_embedding_dim=32), (3, 16, 16), [0, 421, 999]),
    "plain_levels4_sinusoidal": (
        "none", dict(in_channels=1, base_channels=8, levels=4, time_embedding_dim=16, time_embedding="sinusoidal"),
        (3, 16, 16), [3, 500, 999]),
    "plain_levels3_nonsquare": (
        "none", dict(in_channels=3, base_channels=16, levels=3, time_embedding_dim=32), (2, 8, 16), [17, 803]),
    "plain_levels1": (
        "none", dict(in_channels=3, base_channels=16, levels=1, time_embedding_dim=32), (2, 8, 8), [250, 750]),
    "concat_levels2_linear": (
        "concat", dict(in_channels=3, condition_dim=CLASSES, base_channels=16, levels=2, time_embedding_dim=32),
        (3, 16, 16), [1, 333, 998]),
    "concat_levels3_sinusoidal": (
        "concat", dict(in_channels=1, condition_dim=CLASSES, base_channels=8, levels=3, time_embedding_dim=32,
                       time_embedding="sinusoidal"), (4, 8, 8), [0, 40, 640, 999]),
    "time_levels2_linear": (
        "time", dict(in_channels=3, classes=CLASSES, base_channels=16, levels=2, time_embedding_dim=32),
        (3, 16, 16), [1, 333, 998]),
    "time_levels4_sinusoidal": (
        "time", dict(in_channels=1, classes=CLASSES, base_channels=8, levels=4, time_embedding_dim=32,
                     time_embedding="sinusoidal"), (4, 16, 16), [0, 40, 640, 999]),
    # After the others in the alphabet: a network's place there is its seed.
    "time_scale_shift_levels3": (
        "time", dict(in_channels=1, classes=CLASSES, base_channels=16, levels=3, time_embedding_dim=16,
                     time_embedding="sinusoidal", scale_shift=True), (3, 8, 8), [2, 321, 990]),
    "unconditional_scale_shift": (
        "none", dict(in_channels=3, base_channels=8, levels=2, time_embedding_dim=16, scale_shift=True),
        (2, 8, 8), [11, 900]),
}
STEPS, BATCH, LEARNING_RATE, CLIP, WARMUP = 10, 4, 1e-3, 1.0, 3
EMA_DECAYS = {"ema": 0.9, "ema_short": 0.4}


def make_network(kind, settings):
    """PyTorch's default initialisation, but group norms that do something: with weight 1 and bias 0 a network that
    ignored them would pass."""
    network = KINDS[kind](**settings)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.GroupNorm):
                module.weight.add_(0.2 * torch.randn_like(module.weight))
                module.bias.add_(0.2 * torch.randn_like(module.bias))
    return network


def copy_of(network, kind, settings, dtype):
    copy = KINDS[kind](**settings).to(dtype)
    copy.load_state_dict({k: v.to(dtype) for k, v in network.state_dict().items()})
    return copy


def relative_error(a, b):
    difference, norm = (a.double() - b.double()).norm().item(), b.double().norm().item()
    return difference / norm if norm else difference


def forward_and_backward(network, inputs, noise):
    """Prediction, and the gradients of mean((prediction - noise)^2)."""
    dtype = next(network.parameters()).dtype
    arguments = [v.to(dtype) if v is not None and v.is_floating_point() else v for v in inputs]
    network.zero_grad()
    prediction = network(*arguments)
    loss = ((prediction - noise.to(dtype)) ** 2).mean()
    loss.backward()
    return prediction.detach(), loss.detach(), {k: p.grad for k, p in network.named_parameters()}


def network_golden(name):
    kind, settings, (n, height, width), timesteps = NETWORKS[name]
    torch.manual_seed(sorted(NETWORKS).index(name) + 1)
    network = make_network(kind, settings)
    x = torch.randn(n, settings["in_channels"], height, width)
    noise = torch.randn_like(x)
    t = torch.tensor(timesteps, dtype=torch.int64)
    inputs, tensors = [x, t], {"x": x, "t": t, "noise": noise}
    # Classes 7, 2, 9 …; the last image of a batch has the null condition.
    classes = torch.tensor([7, 2, 9][: n - 1] + [CLASSES], dtype=torch.int64)
    if kind == "concat":
        tensors["condition"] = torch.nn.functional.one_hot(classes, CLASSES + 1)[:, :CLASSES].float().contiguous()
        inputs.append(tensors["condition"])
    elif kind == "time":
        tensors["class"] = classes
        inputs.append(classes)

    exact = forward_and_backward(copy_of(network, kind, settings, torch.float64), inputs, noise)
    single = forward_and_backward(copy_of(network, kind, settings, torch.float32), inputs, noise)
    scale = max(g.norm().item() for g in exact[2].values())
    # A parameter that a group norm of one channel a group cancels has no gradient: not a relative error to speak of.
    worst = max((relative_error(single[2][k], g), k) for k, g in exact[2].items() if g.norm().item() > 1e-9 * scale)
    zero = [k for k, g in exact[2].items() if g.norm().item() <= 1e-9 * scale]
    print(f"{name}: {sum(p.numel() for p in network.parameters())} parameters; torch's float32 is off by "
          f"{relative_error(single[0], exact[0]):.1e} in the prediction, {worst[0]:.1e} in the gradient of {worst[1]}"
          + (f"; no gradient: {', '.join(zero)}" if zero else ""))

    tensors["prediction"] = exact[0].float()
    tensors["loss"] = exact[1].reshape(1).float()
    for k, v in network.state_dict().items():
        tensors[f"weights/{k}"] = v
        tensors[f"gradients/{k}"] = torch.zeros_like(v) if k in zero else exact[2][k].float()
    metadata = {k: str(v) for k, v in settings.items()}
    return tensors, {"conditioning": kind, "diffusion_steps": str(network.diffusion_steps),
                     "time_embedding": network.time_embedding, **metadata}


def learning_rate(step, scheduled):
    if not scheduled:
        return LEARNING_RATE
    return LEARNING_RATE * min(1, (step + 1) / WARMUP) * (1 + math.cos(math.pi * step / STEPS)) / 2


def train(network, batches, scheduled):
    """Adam on the noise prediction's mean squared error, the gradient clipped by its global norm."""
    dtype = next(network.parameters()).dtype
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
    betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    alphas_cumprod = torch.cumprod(1 - betas, dim=0)
    signal, sigma = alphas_cumprod.sqrt().float().to(dtype), (1 - alphas_cumprod).sqrt().float().to(dtype)
    averages = {name: {k: p.detach().clone() for k, p in network.named_parameters()} for name in EMA_DECAYS}
    losses, norms, rates = [], [], []
    for step, (x0, t, noise) in enumerate(zip(*batches)):
        x0, noise = x0.to(dtype), noise.to(dtype)
        x = signal[t].view(-1, 1, 1, 1) * x0 + sigma[t].view(-1, 1, 1, 1) * noise
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, scheduled)
        rates.append(learning_rate(step, scheduled))
        optimizer.zero_grad()
        loss = ((network(x, t) - noise) ** 2).mean()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP).item())
        optimizer.step()
        losses.append(loss.item())
        for name, decay in EMA_DECAYS.items():
            d = min(decay, (1 + step) / (10 + step))
            for k, p in network.named_parameters():
                averages[name][k].mul_(d).add_(p.detach(), alpha=1 - d)
    values = {"losses": torch.tensor(losses, dtype=torch.float64),
              "gradient_norms": torch.tensor(norms, dtype=torch.float64),
              "learning_rates": torch.tensor(rates, dtype=torch.float64)}
    values.update({f"weights/{k}": p.detach() for k, p in network.named_parameters()})
    if scheduled:
        values.update({f"{name}/{k}": v for name, average in averages.items() for k, v in average.items()})
    return values


def training_golden():
    # 16 channels: two a group, so that every parameter has a gradient.
    settings = dict(in_channels=1, base_channels=16, levels=2, time_embedding_dim=16)
    torch.manual_seed(100)
    network = make_network("none", settings)
    # A soft blob that moves about, in [-1, 1]; larger than life so that clipping has something to do.
    grid = torch.arange(8.0)
    centre = 1 + 6 * torch.rand(STEPS, BATCH, 2)
    distance = (grid[:, None] - centre[..., 0, None, None]) ** 2 + (grid[None] - centre[..., 1, None, None]) ** 2
    x0 = (2 * torch.exp(-distance / 4) - 1).unsqueeze(2)
    t = torch.randint(0, 1000, (STEPS, BATCH))
    noise = torch.randn(STEPS, BATCH, 1, 8, 8)
    tensors = {"x0": x0, "t": t, "noise": noise}
    for k, v in network.state_dict().items():
        tensors[f"weights/{k}"] = v
    for name, scheduled in (("plain", False), ("scheduled", True)):
        exact = train(copy_of(network, "none", settings, torch.float64), (x0, t, noise), scheduled)
        single = train(copy_of(network, "none", settings, torch.float32), (x0, t, noise), scheduled)
        errors = {}
        for k, v in exact.items():
            group = k.split("/")[0]
            errors[group] = max(errors.get(group, 0), relative_error(single[k], v))
        print(f"training_losses, {name}: losses {exact['losses'][0]:.4f} … {exact['losses'][-1]:.4f}, gradient norms "
              f"{exact['gradient_norms'].min():.3f} … {exact['gradient_norms'].max():.3f}; torch's float32 is off by "
              + ", ".join(f"{v:.1e} in {k}" for k, v in errors.items() if k != "learning_rates"))
        tensors.update({f"{name}/{k}": v.float() for k, v in exact.items()})
    metadata = dict(settings, conditioning="none", time_embedding="linear", diffusion_steps=1000, schedule="linear",
                    learning_rate=LEARNING_RATE, clip=CLIP, warmup=WARMUP, **EMA_DECAYS)
    return tensors, {k: str(v) for k, v in metadata.items()}


def compare(path, tensors):
    """The numbers that are there against those just made: equal up to what torch's versions may differ in."""
    with safe_open(path, "pt") as file:
        if set(file.keys()) != set(tensors):
            return f"{path.name}: other tensors: {sorted(set(file.keys()) ^ set(tensors))}"
        worst = max((relative_error(file.get_tensor(k).double(), v), k) for k, v in tensors.items())
    return f"{path.name}: {worst[1]} differs by {worst[0]:.1e}" if worst[0] > 1e-6 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files that are there, write nothing")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    print(f"torch {torch.__version__}")
    bad = []
    for name in [*NETWORKS, "training_losses"]:
        tensors, metadata = training_golden() if name == "training_losses" else network_golden(name)
        path = HERE / f"{name}.safetensors"
        if check:
            bad += [problem for problem in [compare(path, tensors)] if problem]
        else:
            save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata)
    if bad:
        sys.exit("\n".join(bad))


if __name__ == "__main__":
    main()
