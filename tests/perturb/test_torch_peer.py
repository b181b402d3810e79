import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax import zoo
from srzoo_jax.perturb import attacks, objectives


def test_ifgsm_is_that_of_pytorch():
    torch = pytest.importorskip("torch", reason="needs PyTorch, the peer")
    from tests.perturb import torch_peer

    weights = torch_peer.random_weights()
    image, target = torch.rand(2, 3, 12, 10), torch.rand(2, 3, 48, 40)
    peer = torch_peer.ifgsm(lambda x: torch_peer.imdn(weights, x), image, target, 8 / 255, 4)
    lr, hr = (jnp.asarray(x.permute(0, 2, 3, 1).numpy()) for x in (image, target))
    attack = jax.jit(
        lambda params, lr: attacks.ifgsm(
            zoo.restorer(zoo.entry("imdn_x4")),
            params,
            lr,
            objectives.away_from(hr),
            radius=8 / 255,
            steps=4,
        )
    )
    found = np.asarray(attack(torch_peer.as_ours(weights), lr))
    peer = peer.permute(0, 2, 3, 1).numpy()
    # Where a gradient is as small as its rounding error, its sign may differ.
    assert (np.abs(found - peer) < 1e-5).mean() > 0.995
