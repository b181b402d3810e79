import numpy as np
import pytest

from srzoo_jax.porting.names import mean_shift
from srzoo_jax.porting.rename import PortError, rename, without_prefix

RNG = np.random.default_rng(0)
MEAN = np.array([0.4, 0.5, 0.6], np.float32)
NAMES = {
    "sub_mean": mean_shift(-255, MEAN),
    "head": "first",
    "body.*.conv.*.c": "blocks/convs",
    "old.up3": None,
    "tail": "last",
}
WANTED = {
    "first/kernel": (3, 3, 3, 4),
    "first/bias": (4,),
    "blocks/convs/kernel": (2, 3, 1, 1, 4, 4),
    "last/kernel": (1, 1, 4, 3),
}


def checkpoint():
    arrays = {
        "sub_mean.weight": np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1),
        "sub_mean.bias": -255 * MEAN,
        "head.weight": RNG.random((4, 3, 3, 3)),
        "head.bias": RNG.random(4),
        "old.up3.weight": RNG.random((9, 4, 3, 3)),
        "tail.weight": RNG.random((3, 4, 1, 1)),
    }
    for i, j in np.ndindex(2, 3):
        arrays[f"body.{i}.conv.{j}.c.weight"] = RNG.random((4, 4, 1, 1))
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def test_kernels_are_transposed_and_stacks_filled_by_number():
    arrays = checkpoint()
    params = rename(arrays, NAMES, WANTED)
    assert {path: array.shape for path, array in params.items()} == WANTED
    expected = arrays["head.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(params["first/kernel"], expected)
    expected = arrays["body.1.conv.2.c.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(params["blocks/convs/kernel"][1, 2], expected)
    assert all(array.flags.c_contiguous for array in params.values())


def broken(**changes):
    arrays = checkpoint()
    for name, array in changes.items():
        arrays.pop(name.replace("__", "."), None)
        if array is not None:
            arrays[name.replace("__", ".")] = array
    return arrays


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (broken(head__bias=None), r"nothing fills first/bias \(4,\)"),
        (broken(tail__weight=None), "layer tail is missing"),
        (broken(sub_mean__weight=None, sub_mean__bias=None), "layer sub_mean is missing"),
        (broken(heads__weight=np.zeros(3)), r"unknown array heads.weight \(3,\); near to it: head"),
        (broken(head__gamma=np.zeros(4)), "unknown array head.gamma"),
        (broken(tail__bias=np.zeros(3)), "tail.bias would be last/bias, which the model lacks"),
        (broken(head__bias=np.zeros(5)), r"head.bias \(5,\) becomes \(5,\), but first/bias"),
        (broken(sub_mean__bias=MEAN), "sub_mean.bias is a constant of the model"),
        (broken(**{"body__1__conv__2__c__weight": None}), "nothing fills blocks.* at 1/2"),
        (
            broken(**{"body__2__conv__0__c__weight": np.zeros((4, 4, 1, 1))}),
            "body.2.conv.0.c.weight is one too many",
        ),
    ],
)
def test_every_disagreement_is_told(arrays, message):
    with pytest.raises(PortError, match=message):
        rename(arrays, NAMES, WANTED)


def test_all_disagreements_come_at_once():
    arrays = broken(head__bias=None, tail__bias=np.zeros(3), heads__weight=np.zeros(3))
    with pytest.raises(PortError, match="3 disagreements"):
        rename(arrays, NAMES, WANTED)


def test_two_layers_of_one_place_disagree():
    names = {**NAMES, "again": "first"}
    with pytest.raises(PortError, match=r"again.bias and head.bias fill the same place"):
        rename({**checkpoint(), "again.bias": np.zeros(4)}, names, WANTED)


def test_prefix_is_dropped_only_from_all():
    assert without_prefix({"module.a": 1, "module.b": 2}) == {"a": 1, "b": 2}
    assert without_prefix({"module.a": 1, "b": 2}) == {"module.a": 1, "b": 2}
