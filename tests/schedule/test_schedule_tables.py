"""Value tables: what is used at the first, boundary and last step, and past the end."""

import numpy as np
import pytest

from lehr.schedule import (
    Clock,
    Schedule,
    constant,
    cosine,
    decay,
    exponential,
    hold,
    linear,
    minimum,
    multi_step,
    polynomial,
    rex,
    rsqrt,
    step,
    warmup,
)
from lehr.schedule.bound import BLOCK

TABLES = [
    (warmup(4) >> hold(), 8, [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1]),
    (warmup(4, reach="next") >> hold(), 8, [0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 1]),
    (warmup(4, 0.5) >> hold(), 5, [0.625, 0.75, 0.875, 1, 1, 1]),
    (warmup(2, 0.5, shape="constant") >> hold(), 4, [0.5, 0.5, 1, 1, 1]),
    (warmup(2, shape="cosine") >> hold(), 3, [0.5, 1, 1, 1]),
    (warmup(4), 4, [0.25, 0.5, 0.75, 1, 1]),
    (linear(), 4, [1, 0.75, 0.5, 0.25, 0]),
    (linear(final=1, start=0.5), 2, [0.5, 0.75, 1]),
    (constant(0.3), 2, [0.3, 0.3, 0.3]),
    (hold(2) >> constant(0.3), 3, [1, 1, 0.3, 0.3]),
    (polynomial(power=2, final=0.5), 2, [1, 0.625, 0.5]),
    (decay("50%", shape="power", power=2) >> hold(), 4, [1, 0.75, 0, 0, 0]),
    (decay(4), 4, [1, 0.5, 1 - 0.5**0.5, 1 - 0.75**0.5, 0]),
    (rex(), 2, [1, 2 / 3, 0]),
    (exponential(0.25, every=2), 4, [1, 0.5, 0.25, 0.125, 0.0625]),
    (exponential(2), 3, [1, 2, 4, 8]),
    (step(2, 0.5), 5, [1, 1, 0.5, 0.5, 0.25, 0.25]),
    (multi_step([1, "75%"], 0.5), 4, [1, 0.5, 0.5, 0.25, 0.25]),
    (rsqrt(3), 9, [(3 / (3 + t)) ** 0.5 for t in range(10)]),
    (linear(2, final=0.5) >> hold() >> linear(2), 6, [1, 0.75, 0.5, 0.5, 0.5, 0.25, 0]),
    (linear(2, final=0.5) >> step(1, 0.5), 4, [1, 0.75, 0.5, 0.25, 0.125]),
    (0.5 * hold(2) >> hold(), 4, [0.5] * 5),
    (hold(2) >> 0.5 * linear(), 4, [1, 1, 0.5, 0.25, 0]),
    (linear() * linear(), 4, [1, 9 / 16, 1 / 4, 1 / 16, 0]),
    (linear(2, 0.5) >> (hold() * linear()), 4, [1, 0.75, 0.5, 0.25, 0]),
    (linear(2, 0.5) >> (linear() * hold()), 4, [1, 0.75, 0.5, 0.25, 0]),
    (linear().clip(min=0.3, max=0.6), 4, [0.6, 0.6, 0.5, 0.3, 0.3]),
    (linear(2).repeat(), 5, [1, 0.5, 1, 0.5, 1, 0.5]),
    (linear(2).repeat(), 4, [1, 0.5, 1, 0.5, 0]),
    (linear(2).repeat(2, stretch=2), 6, [1, 0.5, 1, 0.75, 0.5, 0.25, 0]),
    (linear().repeat(2), 5, [1, 2 / 3, 1 / 3, 1, 0.5, 0]),
    (linear().repeat(2, stretch=2, shrink=0.5), 6, [1, 0.5, 0.5, 0.375, 0.25, 0.125, 0]),
    ((warmup("25%") >> hold()).repeat(2), 8, [1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ((warmup("50%") >> hold()).repeat(2), 8, [0.5, 1, 1, 1, 0.5, 1, 1, 1, 1]),
    (linear(2, 0.5) >> linear(1).repeat(2) >> hold(), 6, [1, 0.75, 0.5, 0.5, 0, 0, 0]),
    ((linear(1) >> hold(1)).repeat(stretch=2), 6, [1, 0, 1, 0.5, 0, 0, 0]),
    ((linear() * constant(0.5)).repeat(2), 4, [0.5, 0.25, 0.5, 0.25, 0]),
    ((linear(2) * constant(0.5)).repeat(), 3, [0.5, 0.25, 0.5, 0.25]),
    ((linear(2) >> warmup(2)).repeat(), 6, [1, 0.5, 0.5, 1, 1, 0.5, 0]),
    ((linear(2) * constant(0.5) >> warmup(2)).repeat(), 6, [0.5, 0.25, 0.5, 1, 0.5, 0.25, 0]),
    ((linear(4) * (linear(2) >> warmup(2))).repeat(), 6, [1, 0.375, 0.25, 0.25, 1, 0.375, 0]),
    (
        (hold(1) >> linear(4) * (linear(2) >> warmup(2))).repeat(),
        8,
        [1, 1, 0.375, 0.25, 0.25, 1, 1, 0.375, 0],
    ),
    ((linear(2) >> warmup(2)).clip(max=0.9).repeat(), 6, [0.9, 0.5, 0.5, 0.9, 0.9, 0.5, 0]),
    ((linear(2) * (hold(1) >> warmup(1))).repeat(), 3, [1, 0.5, 1, 0.5]),
    (minimum(linear(2), constant(0.5)).repeat(shrink=0.5), 3, [0.5, 0.5, 0.25, 0.25]),
    (linear(2).clip(max=0.5).repeat(shrink=0.5), 3, [0.5, 0.5, 0.25, 0.25]),
    (linear(2).repeat(2).repeat(2), 8, [1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5, 0]),
]


@pytest.mark.parametrize(("schedule", "horizon", "expected"), TABLES, ids=lambda v: str(v)[:40])
def test_values_by_step(schedule: Schedule, horizon: int, expected: list[float]) -> None:
    """Every step's multiplier, the one past the end included."""
    assert schedule.over(horizon).values(0, horizon + 1).tolist() == pytest.approx(
        expected, rel=1e-15, abs=1e-15
    )


def test_the_cosine_is_half_a_cosine_between_its_ends() -> None:
    """The values are final + (start − final)·(1 + cos πx)/2, exact at both ends."""
    p = cosine(final=0.1).over(1_000)
    x = np.arange(1_001) / 1_000
    np.testing.assert_allclose(
        p.values(0, 1_001), 0.1 + 0.9 * (1 + np.cos(np.pi * x)) / 2, rtol=1e-14
    )
    assert (p(0), p(1_000)) == (1.0, 0.1)


def test_small_tails_keep_their_digits() -> None:
    """A tail near zero is computed from what is left, not from one minus what is done."""
    assert exponential(0.1).over(300)(250) == pytest.approx(1e-250, rel=1e-12)
    assert polynomial(power=9).over(100)(99) == pytest.approx(1e-18, rel=1e-12)


def test_a_million_steps_do_not_drift() -> None:
    """Step 999,999 of a line is the correctly rounded quotient."""
    p = warmup(1_000_000).over(1_000_000)
    assert p(332_999) == 333_000 / 1_000_000
    assert linear().over(1_000_000)(999_999) == 1 - 999_999 / 1_000_000


@pytest.mark.parametrize(
    ("duration", "steps"),
    [("3ep", 30), ("0.55ep", 6), ("2e3tok", 20), ("1250tok", 13), ("40samples", 5), ("10%", 10)],
)
def test_durations_follow_the_clock(duration: str, steps: int) -> None:
    """Epochs, tokens and samples become floor(exact + ½) steps."""
    clock = Clock(steps_per_epoch=10, tokens_per_step=100, samples_per_step=8)
    p = (hold(duration) >> constant(0.5)).over(100, clock)
    assert p.values().tolist() == [1.0] * steps + [0.5] * (100 - steps)


def test_long_arrays_are_their_blocks() -> None:
    """Values are computed in blocks, and no seam shows."""
    p = ((warmup("5%") >> hold()) * cosine(700).repeat(stretch=1.5)).over(40_000)
    values = p.values()
    for t in range(8_190, 40_000, 4_096):
        assert values[t] == p(t)
        assert values[t : t + 5].tolist() == p.values(t, t + 5).tolist()
    assert values[: BLOCK + 1].tolist() == p.values(0, BLOCK + 1).tolist()


def test_index_and_call_differ_past_the_end() -> None:
    """p(t) holds the last value for ever; p[t] is a sequence that ends, and counts from there."""
    p = linear().over(4)
    assert (len(p), p[-1], p[-4], p(4)) == (4, 0.25, 1.0, 0.0)
    for index in (4, -5):
        with pytest.raises(IndexError):
            p[index]
    assert p.values(3, 6).tolist() == [0.25, 0.0, 0.0]
    assert p.values(2, 2).shape == (0,)


def test_numpy_numbers_are_numbers() -> None:
    """Counts and multipliers may come from arrays."""
    assert np.float64(0.5) * linear(np.int64(4)) == 0.5 * linear(4)
    p = linear().over(np.int64(4))
    assert p(np.int32(1)) == 0.75
    assert type(p(1)) is float


@pytest.mark.parametrize("namespace", ["torch", "jax.numpy"])
def test_other_array_libraries_run_the_same_formulas(namespace: str) -> None:
    """Tensors of torch and jax arrays go through the code that numpy goes through."""
    xp = pytest.importorskip(namespace)
    schedule = (
        warmup(10, shape="cosine") >> (rex() * exponential(0.99)).repeat(3, stretch=2) >> decay(30)
    ).clip(min=0.01)
    p = schedule.over(400)
    steps = np.arange(0, 410)
    values = np.asarray(p.at(xp.asarray(steps), xp))
    np.testing.assert_allclose(values, p.at(steps), rtol=1e-12 if namespace == "torch" else 1e-5)
