import json

import pytest

from srzoo_jax import influence
from srzoo_jax.catalogue import CATALOGUE, Entry
from srzoo_jax.models.edsr import EDSR
from srzoo_jax.models.imdn import IMDN
from srzoo_jax.models.rlfn import RLFN
from srzoo_jax.models.swinir import SwinIR


@pytest.mark.parametrize(
    ("model", "radius", "alignment"),
    [
        (EDSR(2, features=4, blocks=3), 10, 1),  # Eight layers at LR; the tail at SR: 1/2.
        (EDSR(4, features=4, blocks=3), 10, 1),  # Then one at x2, 1/2; the tail at x4: 1/4.
        (SwinIR(2, features=6, groups=1, blocks=1, heads=2), 13, 8),
    ],
)
def test_radius_is_that_of_the_layers(model, radius, alignment):
    row = Entry("outside the catalogue", model)
    assert influence.influence(row) == (radius, alignment)
    assert influence.radius(row) == radius


@pytest.mark.parametrize("model", [IMDN(2, features=16, blocks=1), RLFN(2, features=4, blocks=1)])
def test_statistics_and_resizing_of_the_whole_image_know_no_radius(model):
    """IMDN's attention takes means; RLFN's is resized by a factor that the image's size decides."""
    assert influence.radius(Entry("outside the catalogue", model)) is None


@pytest.mark.parametrize("name", ["bicubic_x3", "vdsr_x1"])
def test_the_store_is_what_is_computed(name):
    row = CATALOGUE[name]
    assert influence.influence(row) == influence.computed(row)


def test_the_store_is_of_the_catalogue(tmp_path):
    stored = json.loads(influence.STORE.read_text())
    assert stored.keys() <= CATALOGUE.keys()
    found = {name: influence.influence(CATALOGUE[name]) for name in stored}
    influence.store(found, tmp_path / "influence.json")
    assert (tmp_path / "influence.json").read_text() == influence.STORE.read_text(), (
        "python -m experiments.catalogue --influence"
    )


def test_the_store_knows_what_is_published():
    assert influence.radius(CATALOGUE["carn_m_x4"]) == 21  # As measured by gradients.
    assert influence.radius(CATALOGUE["vdsr_x1"]) == 20  # Twenty layers of 3x3.
    for name in ("rcan_x4", "imdn_x4"):
        assert influence.radius(CATALOGUE[name]) is None
