import jax
import jax.numpy as jnp
import pytest
from jax import lax

from srzoo_jax import loops

NUMBER, ROW, TABLE = jnp.float32(2), jnp.ones(3), jnp.ones((3, 2))


@pytest.mark.parametrize("constants", [(), (NUMBER, TABLE)], ids=len)
@pytest.mark.parametrize("carry", [(), (NUMBER,), (ROW, TABLE)], ids=len)
@pytest.mark.parametrize("stacked", [(), (ROW,), (TABLE, ROW)], ids=len)
def test_parts_are_those_that_a_loop_was_made_of(constants, carry, stacked):
    def loop(constants, carry, stacked):
        def step(carry, entries):
            something = sum((x.sum() for x in (*constants, *entries)), jnp.zeros(2))
            return [x + something.sum() for x in carry], (something, entries)

        return lax.scan(step, list(carry), stacked, length=3)

    program = jax.make_jaxpr(loop)(constants, carry, stacked).jaxpr
    (eqn,) = [eqn for eqn in program.eqns if eqn.primitive.name == "scan"]
    found = loops.split(eqn, eqn.invars)
    shapes = [[x.aval.shape for x in part] for part in found]
    assert shapes == [[x.shape for x in part] for part in (constants, carry, stacked)]
    assert [x for part in found for x in part] == list(eqn.invars)
