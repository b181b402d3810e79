"""I-FGSM on IMDN in plain PyTorch: another implementation, to compare figures and time with.

Run as a program it times both by turns on five crops of 40 x 40 pixels, with random parameters:

    python -m tests.perturb.torch_peer
"""

import torch
from torch.nn import functional


def imdn(weights, image, scale=4):
    """[B, 3, H, W] -> [B, 3, sH, sW]; weights under the authors' names."""

    def conv(name, x):
        weight = weights[f"{name}.weight"]
        return functional.conv2d(x, weight, weights[f"{name}.bias"], padding=weight.shape[-1] // 2)

    def leaky(x):
        return functional.leaky_relu(x, 0.05)

    def block(name, x):
        kept, rest = [], x
        for i in (1, 2, 3):
            y = leaky(conv(f"{name}.c{i}", rest))
            kept.append(y[:, : y.shape[1] // 4])
            rest = y[:, y.shape[1] // 4 :]
        y = torch.cat([*kept, conv(f"{name}.c4", rest)], 1)
        deviation = y.std((2, 3), correction=0, keepdim=True)
        contrast = deviation + y.mean((2, 3), keepdim=True)
        gate = conv(f"{name}.cca.conv_du.2", conv(f"{name}.cca.conv_du.0", contrast).relu())
        return x + conv(f"{name}.c5", y * gate.sigmoid())

    head = y = conv("fea_conv", image)
    seen = []
    for i in range(1, 7):
        y = block(f"IMDB{i}", y)
        seen.append(y)
    y = conv("LR_conv", leaky(conv("c.0", torch.cat(seen, 1)))) + head
    return functional.pixel_shuffle(conv("upsampler.0", y), scale)


def ifgsm(restore, image, target, alpha, steps):
    """Signed steps on the perturbation; image and target [B, 3, H, W]."""
    delta = torch.zeros_like(image)
    for _ in range(steps):
        attacked = (image + delta).clamp(0, 1).requires_grad_()
        loss = functional.mse_loss(restore(attacked), target)
        (gradient,) = torch.autograd.grad(loss, attacked)
        delta = (delta + alpha / steps * gradient.sign()).clamp(-alpha, alpha)
    return (image + delta).clamp(0, 1)


def random_weights(seed=0):
    """Parameters of IMDN x4 under the authors' names, small enough to stay finite."""
    from srzoo_jax import zoo
    from srzoo_jax.models import imdn as ours

    torch.manual_seed(seed)
    table, weights = ours.names(zoo.entry("imdn_x4").model), {}
    shapes = zoo.shapes(zoo.entry("imdn_x4"))
    for theirs, mine in table.items():
        height, width, into, out = shapes[f"{mine}/kernel"]
        weights[f"{theirs}.weight"] = 0.05 * torch.randn(out, into, height, width)
        weights[f"{theirs}.bias"] = 0.01 * torch.randn(out)
    return weights


def as_ours(weights):
    """The same parameters as a tree."""
    from flax import traverse_util

    from srzoo_jax import zoo
    from srzoo_jax.models import imdn as ours

    flat = {}
    for theirs, mine in ours.names(zoo.entry("imdn_x4").model).items():
        flat[f"{mine}/kernel"] = weights[f"{theirs}.weight"].permute(2, 3, 1, 0).numpy().copy()
        flat[f"{mine}/bias"] = weights[f"{theirs}.bias"].numpy()
    return traverse_util.unflatten_dict(flat, sep="/")


def _compare(turns=5, steps=50, crops=5, side=40):
    import statistics
    import time

    import jax
    import jax.numpy as jnp

    from srzoo_jax import zoo
    from srzoo_jax.perturb import attacks, objectives

    weights = random_weights()
    params, restore = jax.device_put(as_ours(weights)), zoo.restorer(zoo.entry("imdn_x4"))
    image, target = torch.rand(crops, 3, side, side), torch.rand(crops, 3, 4 * side, 4 * side)
    lr, hr = (jnp.asarray(x.permute(0, 2, 3, 1).numpy()) for x in (image, target))

    def gradient(params, lr):
        loss = objectives.away_from(hr)
        return jax.value_and_grad(lambda x: loss(restore(params, x)).sum())(lr)

    def attack(params, lr):
        return attacks.ifgsm(
            restore, params, lr, objectives.away_from(hr), radius=8 / 255, steps=steps
        )

    programs = {}
    for name, function in (("gradient", gradient), ("attack", attack)):
        start = time.perf_counter()
        programs[name] = jax.jit(function).lower(params, lr).compile()
        print(f"{name}: compiled in {time.perf_counter() - start:.2f} s", flush=True)
    runs = {
        "gradient": lambda: jax.block_until_ready(programs["gradient"](params, lr)),
        "attack": lambda: jax.block_until_ready(programs["attack"](params, lr)),
        "torch": lambda: ifgsm(lambda x: imdn(weights, x), image, target, 8 / 255, steps),
    }
    for run in runs.values():
        run()
    wall, cpu = ({name: [] for name in runs} for _ in range(2))
    for turn in range(turns):
        for name, run in runs.items():
            begin = time.perf_counter(), time.process_time()
            run()
            wall[name].append(time.perf_counter() - begin[0])
            cpu[name].append(time.process_time() - begin[1])
        for kind, found in (("wall", wall), ("CPU", cpu)):
            middle = {name: statistics.median(times) for name, times in found.items()}
            print(
                f"turn {turn + 1}, {kind}: gradient {middle['gradient']:.3f} s,"
                f" attack {middle['attack']:.3f} s"
                f" ({middle['attack'] / steps / middle['gradient']:.3f} gradients a step),"
                f" PyTorch {middle['torch']:.3f} s (ours {middle['attack'] / middle['torch']:.3f})",
                flush=True,
            )


if __name__ == "__main__":
    _compare()
