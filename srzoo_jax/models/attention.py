"""Enhanced spatial attention (Liu et al., CVPR 2020), as RFDN and RLFN have it."""

import flax.linen as nn

from srzoo_jax.models import canvas
from srzoo_jax.models.layers import Conv

MIN_SIDE = 15
"""Of a smaller image, the pooling sees nothing."""


class SpatialAttention(nn.Module):
    """Weighs every pixel and channel by what a coarse look at the surroundings says.

    The coarse look is a strided convolution, a pooling by 7x7, and `depth` convolutions. All
    layers have few features: `reduced`.
    """

    reduced: int
    depth: int = 1

    @nn.compact
    def __call__(self, x):
        if x.shape[1] < MIN_SIDE or x.shape[2] < MIN_SIDE:
            raise ValueError(
                f"the network needs sides of at least {MIN_SIDE}, got height {x.shape[1]} and"
                f" width {x.shape[2]}"
            )
        narrow = Conv(self.reduced, 1, name="reduce")(x)
        y = Conv(self.reduced, stride=2, padding=0, name="shrink")(narrow)
        y = nn.max_pool(y, (7, 7), (3, 3))
        sides = canvas.sides(x)
        coarse = [((side - 3) // 2 - 6) // 3 + 1 for side in sides]
        with canvas.within(coarse, y):
            for i in range(1, self.depth + 1):
                y = Conv(self.reduced, name=f"conv{i}")(y)
                y = nn.relu(y) if i < self.depth else y
            y = canvas.resized(y, x, sides)
        y = y + Conv(self.reduced, 1, name="skip")(narrow)
        return x * nn.sigmoid(Conv(x.shape[-1], 1, name="expand")(y))


def names(convs: tuple[str, ...]) -> dict[str, str]:
    """The authors' layers -> ours; they call the inner convolutions `convs`."""
    return {
        "conv1": "reduce",
        "conv2": "shrink",
        **{theirs: f"conv{i}" for i, theirs in enumerate(convs, 1)},
        "conv_f": "skip",
        "conv4": "expand",
    }
