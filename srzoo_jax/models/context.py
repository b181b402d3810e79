"""The context model of Mentzer et al., CVPR 2018 (Section 3.3), https://arxiv.org/abs/1801.04260.

Masked 3-D convolutions predict every symbol of a volume [C, H, W] from those that precede it,
channel by channel, each row by row.
"""

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jax import lax

KERNEL = (2, 3, 3)
DEPTH = 4
"""Number of layers; so many channels back and symbols aside a prediction sees."""


def causal(*, itself: bool) -> np.ndarray:
    """Which elements of a kernel see what is known: bool [2, 3, 3].

    All of the channel before; of the same channel what is above or left, and, but in the first
    layer, the place itself.
    """
    mask = np.ones(KERNEL, bool)
    mask[1, 1, 1:] = (itself, False)
    mask[1, 2] = False
    return mask


class MaskedConv(nn.Module):
    """3-D convolution of what is known, without padding: [B, C, H, W, I] -> [B, ..., features]."""

    features: int
    itself: bool = True

    @nn.compact
    def __call__(self, x):
        kernel = self.param(
            "kernel", nn.initializers.xavier_normal(), (*KERNEL, x.shape[-1], self.features)
        )
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        mask = causal(itself=self.itself)[..., None, None]
        x = lax.conv_general_dilated(
            x,
            jnp.where(mask, kernel, 0).astype(x.dtype),
            window_strides=(1, 1, 1),
            padding="VALID",
            dimension_numbers=("NDHWC", "DHWIO", "NDHWC"),
            precision=lax.Precision.HIGHEST,
        )
        return x + bias.astype(x.dtype)


class ContextModel(nn.Module):
    """Quantised values [B, C, H, W] -> logits of every symbol, [B, C, H, W, levels].

    Around the volume lies `border`, which counts as known. The logits are never negative: the
    authors have a ReLU behind the last layer, too.
    """

    levels: int
    features: int

    @nn.compact
    def __call__(self, values, border):
        around = [(0, 0), (DEPTH, 0), (DEPTH, DEPTH), (DEPTH, DEPTH)]
        x = jnp.pad(values, around, constant_values=border)[..., None]
        x = nn.relu(MaskedConv(self.features, itself=False, name="conv0")(x))
        y = nn.relu(MaskedConv(self.features, name="conv1")(x))
        x = x[:, 2:, 2:-2, 2:-2] + MaskedConv(self.features, name="conv2")(y)
        return nn.relu(MaskedConv(self.levels, name="conv3")(x))
