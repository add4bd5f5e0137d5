"""Makes losses.safetensors: ten steps of training with each loss, weighting, optimizer and way to draw timesteps.

    python make_loss_goldens.py            # writes the file beside this script
    python make_loss_goldens.py --check    # makes it again and compares

Needs torch, numpy and safetensors. Plain PyTorch in float64 from the papers: the variational bound (Ho 2020, eq. 5), learned
variances and the hybrid loss (Nichol & Dhariwal 2021, eq. 15 and 16), loss-aware timesteps (eq. 18), min-SNR (Hang 2023),
Huber's loss, AdamW and Lion. The network is the small U-Net of docs/reference; one with learned variances has twice the output
channels.
"""
import argparse
import copy
import math
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "docs" / "reference"))
from small_unet import DiffusionUNet  # noqa: E402

STEPS, BATCH, SIDE = 10, 16, 8
RATE = 1e-3
KEPT = ["output.weight", "encoder.0.0.weight"]
# name: T, loss, prediction, learned variances, weighting, optimizer, loss-aware timesteps
RUNS = {
    "hybrid": (20, "hybrid", "epsilon", True, "none", "adam", False),
    "vlb": (20, "vlb", "epsilon", True, "none", "adam", False),
    "vlb_fixed": (20, "vlb", "x0", False, "none", "adam", False),
    "huber": (20, "huber", "epsilon", False, "none", "adam", False),
    "min_snr": (20, "mse", "v", False, "min-snr", "adam", False),
    "loss_aware": (4, "hybrid", "epsilon", True, "none", "adam", True),
    "adamw": (20, "mse", "epsilon", False, "none", "adamw", False),
    "lion": (20, "mse", "epsilon", False, "none", "lion", False),
}


class Tables:
    """The cosine schedule (Nichol & Dhariwal 2021, eq. 17) and what follows from it."""

    def __init__(self, steps):
        bar = [math.cos((t / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(steps + 1)]
        beta = torch.tensor([min(1 - bar[t + 1] / bar[t], 0.999) for t in range(steps)], dtype=torch.float64)
        self.beta = beta
        self.bar = torch.cumprod(1 - beta, 0)
        before = torch.cat([torch.ones(1, dtype=torch.float64), self.bar[:-1]])
        posterior = beta * (1 - before) / (1 - self.bar)
        self.log_posterior = torch.log(torch.cat([posterior[1:2], posterior[1:]]))
        self.log_beta = torch.log(beta)
        self.of_x0 = before.sqrt() * beta / (1 - self.bar)
        self.of_x = (1 - beta).sqrt() * (1 - before) / (1 - self.bar)


def at(table, t):
    return table[t].view(-1, 1, 1, 1)


def bound(tables, t, x0, x, estimate, log_variance):
    """L_t of each value in nats."""
    mean = at(tables.of_x0, t) * estimate + at(tables.of_x, t) * x
    true_mean = at(tables.of_x0, t) * x0 + at(tables.of_x, t) * x
    true_log = at(tables.log_posterior, t)
    divergence = 0.5 * (-1 + log_variance - true_log + torch.exp(true_log - log_variance)
                        + (true_mean - mean) ** 2 * torch.exp(-log_variance))
    deviation = torch.exp(0.5 * log_variance)
    # At the ends of the range all that is beyond; seen from the mean, so that far out nothing cancels.
    above = torch.where(x0 > 0.999, 1e3, (x0 + 1 / 255 - mean) / deviation)
    below = torch.where(x0 < -0.999, -1e3, (x0 - 1 / 255 - mean) / deviation)
    near, far = torch.where(above < 0, -above, below), torch.where(above < 0, -below, above)
    upper, lower = near > 0, torch.special.log_ndtr
    high, low = lower(torch.where(upper, -near, far)), lower(torch.where(upper, -far, near))
    decoder = -(high + torch.log1p(-torch.exp(low - high)))
    return torch.where(t.view(-1, 1, 1, 1) == 0, decoder, divergence)


def losses_of(run, tables, network, x0, t, noise):
    """The loss of each example, its mean over the values."""
    steps, loss, prediction, learned, weighting, _, _ = RUNS[run]
    signal, sigma = at(tables.bar, t).sqrt(), (1 - at(tables.bar, t)).sqrt()
    x = signal * x0 + sigma * noise
    output = network(x, t)
    said, v = (output[:, :1], output[:, 1:]) if learned else (output, None)
    target = {"epsilon": noise, "x0": x0, "v": signal * noise - sigma * x0}[prediction]
    error = said - target
    if loss == "huber":
        delta = 0.7
        each = torch.where(error.abs() <= delta, error ** 2, 2 * delta * error.abs() - delta ** 2)
    else:
        each = error ** 2
    if weighting == "min-snr":
        snr = at(tables.bar, t) / (1 - at(tables.bar, t))
        each = each * snr.clamp(max=5) / (snr + 1)
    if loss in ("vlb", "hybrid"):
        estimate = {"epsilon": (x - sigma * said) / signal, "x0": said, "v": signal * x - sigma * said}[prediction]
        if loss == "hybrid":
            estimate = estimate.detach()
        if learned:
            share = (v + 1) / 2
            log_variance = share * at(tables.log_beta, t) + (1 - share) * at(tables.log_posterior, t)
        else:
            log_variance = at(tables.log_posterior, t).expand_as(x)
        bits = steps * bound(tables, t, x0, x, estimate, log_variance) / math.log(2)
        each = bits if loss == "vlb" else each + 0.001 * bits
    return each.mean(dim=(1, 2, 3))


class History:
    """The ten last losses of each timestep."""

    def __init__(self, steps):
        self.losses = [[] for _ in range(steps)]

    def probabilities(self):
        if any(len(losses) < 10 for losses in self.losses):
            return None
        roots = torch.tensor([math.sqrt(sum(l * l for l in losses) / 10) for losses in self.losses], dtype=torch.float64)
        return roots / roots.sum() * (1 - 0.001) + 0.001 / len(self.losses)

    def add(self, t, losses):
        for step, loss in zip(t.tolist(), losses.tolist()):
            self.losses[step] = (self.losses[step] + [loss])[-10:]


class Lion(torch.optim.Optimizer):
    """Chen 2023, algorithm 2."""

    def __init__(self, parameters):
        super().__init__(parameters, dict(lr=RATE / 10, beta1=0.9, beta2=0.99, decay=0.1))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                direction = (group["beta1"] * m + (1 - group["beta1"]) * p.grad).sign()
                p.sub_(group["lr"] * (direction + group["decay"] * p))
                m.mul_(group["beta2"]).add_(p.grad, alpha=1 - group["beta2"])


def train(run, network, data):
    steps, _, _, _, _, optimizer_name, is_aware = RUNS[run]
    tables, history = Tables(steps), History(steps)
    parameters = list(network.parameters())
    optimizer = {
        "adam": lambda: torch.optim.Adam(parameters, lr=RATE),
        "adamw": lambda: torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.1),
        "lion": lambda: Lion(parameters),
    }[optimizer_name]()
    totals, norms, drawn = [], [], []
    for step in range(STEPS):
        x0, noise, u = data["x0"][step].double(), data["noise"][step].double(), data["u"][step].double()
        t, weight = data[f"t{steps}"][step], torch.ones(BATCH, dtype=torch.float64)
        p = history.probabilities() if is_aware else None
        if p is not None:
            t = torch.searchsorted(torch.cumsum(p, 0), u * p.sum(), right=True).clamp(max=steps - 1)
            weight = 1 / (steps * p[t])
        losses = losses_of(run, tables, network, x0, t, noise)
        total = (weight * losses).mean()
        optimizer.zero_grad()
        total.backward()
        norms.append(math.sqrt(sum((p.grad ** 2).sum().item() for p in parameters)))
        optimizer.step()
        history.add(t, losses.detach())
        totals.append(total.item())
        drawn.append(t.clone())
    named = dict(network.named_parameters())
    values = {"losses": torch.tensor(totals, dtype=torch.float64), "gradient_norms": torch.tensor(norms, dtype=torch.float64)}
    values.update({f"weights/{k}": named[k].detach() for k in KEPT})
    return values, torch.stack(drawn)


def make():
    torch.manual_seed(7)
    grid = torch.arange(float(SIDE))
    centre = 1 + 6 * torch.rand(STEPS, BATCH, 2)
    distance = (grid[:, None] - centre[..., 0, None, None]) ** 2 + (grid[None] - centre[..., 1, None, None]) ** 2
    # 8-bit values, both ends of the range among them.
    bytes_ = torch.round(255 * torch.exp(-distance / 4))
    data = {"x0": (bytes_ / 127.5 - 1).unsqueeze(2), "noise": torch.randn(STEPS, BATCH, 1, SIDE, SIDE),
            "u": torch.rand(STEPS, BATCH), "t20": torch.randint(0, 20, (STEPS, BATCH)),
            "t4": torch.randint(0, 4, (STEPS, BATCH))}
    data["t20"][:, 0] = 0
    networks = {}
    for learned in (False, True):
        torch.manual_seed(8)
        network = DiffusionUNet(in_channels=1, base_channels=16, levels=2, time_embedding_dim=16, diffusion_steps=20)
        if learned:
            network.output = torch.nn.Conv2d(32, 2, 3, padding=1)
        networks[learned] = network
    tensors = dict(data)
    for learned, network in networks.items():
        tensors.update({f"{'learned' if learned else 'plain'}/{k}": v for k, v in network.state_dict().items()})
    for run, (steps, _, _, learned, _, _, _) in RUNS.items():
        network = copy.deepcopy(networks[learned]).double()
        network.diffusion_steps = steps
        values, drawn = train(run, network, data)
        print(f"{run}: losses {values['losses'][0]:.5f} … {values['losses'][-1]:.5f}")
        tensors.update({f"{run}/{k}": v.float() for k, v in values.items()})
        if RUNS[run][-1]:
            tensors[f"{run}/t"] = drawn
    return {k: v.contiguous() for k, v in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    tensors = make()
    path = HERE / "losses.safetensors"
    if not check:
        save_file(tensors, path)
        return
    with safe_open(path, "pt") as file:
        for name, value in tensors.items():
            there = file.get_tensor(name).double()
            difference = (there - value.double()).norm() / max(there.norm(), 1e-30)
            if difference > 1e-6:
                sys.exit(f"{name} differs by {difference:.1e}")


if __name__ == "__main__":
    main()
