"""The small diffusion U-Net of this project, written out in PyTorch: the reference for names, shapes and values.

The parameter names below are the names that the workbench's exported networks use, so that
`DiffusionUNet(...).load_state_dict(safetensors.torch.load_file("network.safetensors"))` works on a trained network,
and the other way round. `levels=2` is the smallest useful one; more levels repeat its pattern and keep its names,
because two levels see only about 9 pixels around each pixel: too little for the shape of an object.

Shapes: x (N, in_channels, H, W) in [-1, 1], H and W multiples of 2**(levels-1); t (N,) integer timesteps in
[0, diffusion_steps); the prediction is shaped like x. base_channels is a multiple of 8 (group norm).
Initialisation is PyTorch's default for each layer.

Three networks:
  DiffusionUNet                  x, t
  ConditionalDiffusionUNet       x, t, condition (N, condition_dim): constant channels beside the image
  TimeConditionedDiffusionUNet   x, t, class_index (N,): a learned vector per class added to the time embedding

The timestep's embedding is computed in float32 whatever the network's type, so a network in float64 differs from one
in float32 by rounding alone.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def sinusoidal(t, dim):
    """cos of the first half, then sin: frequencies exp(-ln(10000) * i / (dim/2)), i = 0 ..< dim/2. dim is even."""
    half = dim // 2
    f = torch.exp(-math.log(10000.0) * torch.arange(half, dtype=torch.float32) / half)
    a = t[:, None].float() * f[None]
    return torch.cat([a.cos(), a.sin()], dim=1)


class DiffusionUNet(nn.Module):
    def __init__(self, in_channels=3, base_channels=64, time_embedding_dim=128, diffusion_steps=1000,
                 levels=2, time_embedding="linear", first_channels=None, scale_shift=False):
        super().__init__()
        self.diffusion_steps, self.time_embedding, self.dim = diffusion_steps, time_embedding, time_embedding_dim
        self.scale_shift = scale_shift
        c = [base_channels * min(2 ** i, 4) for i in range(levels)]          # channels of each level
        # "linear": the timestep as one number in [0, 1); "sinusoidal": its embedding. Then a two-layer MLP.
        self.time_mlp = nn.Sequential(
            nn.Linear(1 if time_embedding == "linear" else time_embedding_dim, time_embedding_dim), nn.ReLU(),
            nn.Linear(time_embedding_dim, time_embedding_dim))
        # One projection per encoder level: a per-channel bias added to that level's output, or with scale_shift a scale
        # and a shift of what its group norm puts out.
        self.time_projection = nn.ModuleList([nn.Linear(time_embedding_dim, ci * (2 if scale_shift else 1)) for ci in c])
        self.encoder = nn.ModuleList([nn.Sequential(
            nn.Conv2d(c[i - 1] if i else (first_channels or in_channels), c[i], 3, stride=2 if i else 1, padding=1),
            nn.GroupNorm(8, c[i]), nn.SiLU()) for i in range(levels)])
        # Stage j goes up from level levels-1-j to the one above; all but the first also take their level's skip.
        self.decoder = nn.ModuleList([nn.Sequential(
            nn.ConvTranspose2d(c[i] * (1 if i == levels - 1 else 2), c[i - 1], 3, stride=2, padding=1, output_padding=1),
            nn.GroupNorm(8, c[i - 1]), nn.SiLU()) for i in range(levels - 1, 0, -1)])
        self.output = nn.Conv2d(2 * c[0] if levels > 1 else c[0], in_channels, 3, padding=1)

    def embed_time(self, t):
        e = t[:, None].float() / self.diffusion_steps if self.time_embedding == "linear" else sinusoidal(t, self.dim)
        return self.time_mlp(e.to(self.output.weight.dtype))

    def predict(self, x, e):
        """x (N, C, H, W) and the time embedding e (N, time_embedding_dim) -> the prediction."""
        skips, h = [], x
        for block, projection in zip(self.encoder, self.time_projection):
            h = self.encode(h, block, projection(e)[:, :, None, None])
            skips.append(h)
        skips.pop()
        for block in self.decoder:
            h = block(h)
            h = torch.cat([h, skips.pop()], dim=1)
        return self.output(h)

    def encode(self, h, block, time):
        if not self.scale_shift:
            return block(h) + time
        convolution, norm, activation = block
        scale, shift = time.chunk(2, dim=1)
        return activation(norm(convolution(h)) * (1 + scale) + shift)

    def forward(self, x, t):
        return self.predict(x, self.embed_time(t))


class ConditionalDiffusionUNet(DiffusionUNet):
    """Conditioning by concatenation: the embedded condition, spread over the image, beside its channels.

    For a class label the condition is one-hot. A zero condition vector is the null condition that classifier-free
    guidance drops to.
    """

    def __init__(self, in_channels=3, condition_dim=10, base_channels=64, time_embedding_dim=128, diffusion_steps=1000,
                 levels=2, time_embedding="linear", scale_shift=False):
        super().__init__(in_channels, base_channels, time_embedding_dim, diffusion_steps, levels, time_embedding,
                         first_channels=in_channels + base_channels, scale_shift=scale_shift)
        self.condition_embed = nn.Sequential(nn.Linear(condition_dim, base_channels), nn.ReLU(),
                                             nn.Linear(base_channels, base_channels))

    def forward(self, x, t, condition):
        c = self.condition_embed(condition)[:, :, None, None].expand(-1, -1, x.shape[2], x.shape[3])
        return super().forward(torch.cat([x, c], dim=1), t)


class TimeConditionedDiffusionUNet(DiffusionUNet):
    """Conditioning through time: a learned vector per class added to the time embedding, SiLU after the sum.

    class_index (N,) is in 0 ..< classes; index `classes`, the embedding's last row, is the null class that
    classifier-free guidance drops to.
    """

    def __init__(self, in_channels=3, classes=10, base_channels=64, time_embedding_dim=128, diffusion_steps=1000,
                 levels=2, time_embedding="linear", scale_shift=False):
        super().__init__(in_channels, base_channels, time_embedding_dim, diffusion_steps, levels, time_embedding,
                         scale_shift=scale_shift)
        self.class_embedding = nn.Embedding(classes + 1, time_embedding_dim)

    def forward(self, x, t, class_index):
        return self.predict(x, F.silu(self.embed_time(t) + self.class_embedding(class_index)))
