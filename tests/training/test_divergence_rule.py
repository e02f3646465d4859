"""The divergence rule is one pure function of the losses, wherever a run was cut."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lehr import constant
from lehr.errors import UsageError
from lehr.schedule import Plan
from lehr.training import train_stretch
from lehr.training.divergence import diverged_at

finite = st.floats(-100, 100)
wild = st.lists(st.one_of(finite, st.sampled_from([math.nan, math.inf])), max_size=80)
risen = st.tuples(
    st.lists(st.floats(0, 1), min_size=10, max_size=30),
    st.lists(st.floats(0.9, 3), min_size=20, max_size=50),
).map(lambda parts: parts[0] + parts[1])
waves = st.lists(st.tuples(st.floats(0, 3), st.integers(3, 15)), max_size=8).map(
    lambda blocks: [level for level, length in blocks for _ in range(length)][:80]
)
losses_lists = st.one_of(wild, risen, waves)


def reference(losses, horizon):
    """The rule of the module's docstring, one sentence at a time."""
    span, patience = max(10, math.ceil(horizon / 100)), max(10, math.ceil(horizon / 20))
    smoothed = {}
    for step, loss in enumerate(losses):
        if not math.isfinite(loss):
            return step
        if step < span - 1:
            continue
        first = losses[:span]
        if step == span - 1:
            smoothed[step] = min(float(np.mean(np.array(first))), max(first))
            continue
        weight = 2 / (span + 1)
        smoothed[step] = smoothed[step - 1] + weight * (loss - smoothed[step - 1])
        window = [smoothed.get(s, -math.inf) for s in range(step - patience + 1, step + 1)]
        if all(value > max(first) for value in window):
            return step
    return None


class Recorded:
    """A run whose losses are known, and which evaluates to the step it is at."""

    def __init__(self, losses, step=0):
        self.losses, self.step, self.longest = np.array(losses, dtype=float), step, 0

    def advance(self, multipliers, _peak_lr):
        assert multipliers.start == self.step
        self.longest = max(self.longest, len(multipliers))
        piece = self.losses[self.step : self.step + len(multipliers)]
        broken = np.flatnonzero(~np.isfinite(piece))
        piece = piece[: broken[0] + 1] if broken.size else piece
        self.step += len(piece)
        return piece

    def evaluate(self):
        return {"step": float(self.step)}


@settings(max_examples=200)
@given(losses=losses_lists, horizon=st.integers(1, 300))
def test_the_rule_is_what_its_docstring_says(losses, horizon):
    """The incremental rule and the sentence-by-sentence one agree."""
    assert diverged_at(np.array(losses, dtype=float), horizon) == reference(losses, horizon)


@given(losses=losses_lists, horizon=st.integers(1, 300), cut=st.integers(0, 80))
def test_a_verdict_does_not_change_with_what_comes_later(losses, horizon, cut):
    """A run given up at step t is given up there, however much more or less of it is known."""
    array = np.array(losses, dtype=float)
    verdict, early = diverged_at(array, horizon), diverged_at(array[:cut], horizon)
    assert early == (verdict if verdict is not None and verdict < cut else None)


@given(st.lists(finite, min_size=1, max_size=80), st.integers(1, 300))
def test_a_loss_that_never_exceeds_its_start_is_healthy(losses, horizon):
    """However noisy: losses at or below the first ones are never divergence."""
    array = np.array([100.0, *losses])
    assert diverged_at(array, horizon) is None


def test_a_rise_that_breaks_off_starts_anew():
    """Two rises of 4 % of the horizon each, with a recovery between them, are no divergence."""
    horizon = 1_000
    rises = np.tile(np.concatenate([np.full(60, 0.5), np.full(35, 2.0)]), 2)
    assert diverged_at(np.concatenate([np.full(10, 1.0), rises]), horizon) is None


@given(loss=st.floats(-1e6, 1e6), horizon=st.integers(1, 2_000))
def test_a_loss_that_stands_still_is_healthy(loss, horizon):
    """Rounding in the mean of equal losses is no rise."""
    assert diverged_at(np.full(150, loss), horizon) is None


def test_a_slow_rise_takes_five_per_cent_of_the_horizon():
    """Losses that jump above the start are given up 5 % of the horizon after the smoothed rise."""
    horizon = 1_000
    losses = np.concatenate([np.full(100, 1.0), np.full(900, 2.0)])
    assert diverged_at(losses, horizon) == 100 + horizon // 20 - 1


@settings(max_examples=100)
@given(
    losses=st.one_of(wild, risen, waves).map(lambda losses: (losses + [1.0] * 60)[:60]),
    cuts=st.sets(st.integers(1, 59), max_size=4),
    evaluate_at=st.sets(st.integers(1, 60), max_size=6),
    horizon=st.integers(60, 200),
)
def test_stretches_add_up_to_the_straight_run(losses, cuts, evaluate_at, horizon):
    """Losses, metrics and verdict are the same for one stretch and for several."""
    bound = Plan(lr=constant()).over(horizon)

    def train(run, start, stop, history):
        at = sorted(step for step in evaluate_at if start < step <= stop)
        return train_stretch(run, bound.multipliers(start, stop), 0.1, at, history, horizon)

    straight = train(Recorded(losses), 0, 60, np.empty(0))
    run, history, metrics, verdict = Recorded(losses), np.empty(0), (), None
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), 60], strict=True):
        stretch = train(run, start, stop, history)
        history = np.concatenate([history, stretch.losses])
        metrics, verdict = metrics + stretch.metrics, stretch.diverged_at
        if verdict is not None:
            break
    assert history.tobytes() == straight.losses.tobytes()
    assert (metrics, verdict) == (straight.metrics, straight.diverged_at)
    assert all(step == taken["step"] for step, taken in metrics)
    assert run.longest <= max(1, horizon // 50)


@pytest.mark.parametrize(
    ("start", "evaluate_at", "history"),
    [(0, [0], 0), (0, [5], 0), (0, [2, 1], 0), (0, [1, 1], 0), (2, [3], 1)],
)
def test_steps_outside_of_the_stretch_are_refused(start, evaluate_at, history):
    """An evaluation before, after or out of order, or a history with a gap, is an error."""
    multipliers = Plan(lr=constant()).over(10).multipliers(start, start + 4)
    run = Recorded(np.ones(10), step=start)
    with pytest.raises(UsageError):
        train_stretch(run, multipliers, 0.1, evaluate_at, np.ones(history), 10)
