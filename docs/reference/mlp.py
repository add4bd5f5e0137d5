"""The multilayer perceptron of this project, written out in PyTorch: the reference for names, shapes and values.

`MLP(...).load_state_dict(safetensors.torch.load_file("network.safetensors"))` works on a trained network, and the
other way round. Shapes: x (N, D); t (N,) timesteps in [0, diffusion_steps); the prediction is shaped like x.
Initialisation is PyTorch's default for each layer. The embeddings are computed in float32 whatever the network's type,
so that a network in float64 differs from one in float32 by rounding alone.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

from small_unet import sinusoidal


def embed_input(x, dim, scale):
    """(x, then of each coordinate dim/2 cosines and dim/2 sines): frequencies from 1 to scale, evenly spaced in their
    logarithm. dim is even; 0: x alone."""
    if dim == 0:
        return x
    half = dim // 2
    exponents = torch.arange(half, dtype=torch.float64) / (half - 1) if half > 1 else torch.ones(1, dtype=torch.float64)
    f = (scale ** exponents).float()
    a = x.float()[:, :, None] * f[None, None]                      # (N, D, half)
    return torch.cat([x, torch.cat([a.cos(), a.sin()], dim=2).flatten(1).to(x.dtype)], dim=1)


class MLP(nn.Module):
    """classes: None, or how many; the last index, `classes`, is the null class. vector: None, or how many numbers the
    network is told: it takes them standardised, and a 1 behind them; zeros throughout where nothing is told."""

    def __init__(self, dimensions=2, width=128, layers=3, time_embedding_dim=64, time_embedding="sinusoidal",
                 diffusion_steps=1000, input_embedding_dim=0, input_embedding_scale=25.0, classes=None, vector=None):
        super().__init__()
        self.diffusion_steps, self.time_embedding, self.dim = diffusion_steps, time_embedding, time_embedding_dim
        self.input_dim, self.scale = input_embedding_dim, input_embedding_scale
        self.time_mlp = nn.Sequential(
            nn.Linear(1 if time_embedding == "linear" else time_embedding_dim, time_embedding_dim), nn.ReLU(),
            nn.Linear(time_embedding_dim, time_embedding_dim))
        self.input = nn.Linear(dimensions * (1 + input_embedding_dim), width)
        self.time_projection = nn.ModuleList([nn.Linear(time_embedding_dim, width) for _ in range(layers)])
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(layers)])
        self.output = nn.Linear(width, dimensions)
        self.class_embedding = None if classes is None else nn.Embedding(classes + 1, time_embedding_dim)

        self.condition_mlp = None if vector is None else nn.Sequential(
            nn.Linear(vector + 1, time_embedding_dim), nn.SiLU(), nn.Linear(time_embedding_dim, time_embedding_dim))

    def forward(self, x, t, class_index=None, condition=None):
        e = t[:, None].float() / self.diffusion_steps if self.time_embedding == "linear" else sinusoidal(t, self.dim)
        e = self.time_mlp(e.to(self.output.weight.dtype))
        if self.class_embedding is not None:
            e = F.silu(e + self.class_embedding(class_index))
        if self.condition_mlp is not None:
            e = F.silu(e + self.condition_mlp(condition))
        h = self.input(embed_input(x, self.input_dim, self.scale))
        for layer, projection in zip(self.layers, self.time_projection):
            h = h + layer(F.silu(h + projection(e)))
        return self.output(F.silu(h))
