"""Traps of Optax."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import optax
import pytest
from upstream import changed

from lehr.adapters.optax import inject
from lehr.schedule import Clock, linear, warmup


def test_optax_206_the_lr_that_was_used() -> None:
    """Optax's state holds the count alone; after `inject` it holds what the update has used."""
    params, grads = jnp.zeros(1), jnp.ones(1)
    theirs = optax.sgd(optax.linear_schedule(0.1, 0.0, 10))
    _, state = theirs.update(grads, theirs.init(params), params)
    leaves = [leaf.item() for leaf in jax.tree.leaves(state)]
    assert leaves == [1], changed("optax#206", "optax")
    optimizer = inject(optax.sgd, linear(), horizon=10, learning_rate=0.1)
    state = optimizer.init(params)
    for t in range(3):
        _, state = optimizer.update(grads, state, params)
        assert float(state.hyperparams["learning_rate"]) == pytest.approx(0.1 * (1 - t / 10))


def test_optax_363_shares_and_epochs() -> None:
    """Optax counts steps only; a duration of lehr may be a share of the run, or epochs."""
    schedule = warmup("10%") >> linear("2ep")
    bound = schedule.over(20, Clock(steps_per_epoch=9))
    assert [bound(t) for t in (0, 1, 2, 11, 20)] == [0.5, 1.0, 1.0, 0.5, 0.0]
