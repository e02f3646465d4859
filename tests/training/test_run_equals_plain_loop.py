"""A run under lehr is the plain loop, bit for bit on a CPU, however it is cut."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_problem import (
    BASE_DECAY,
    HORIZON,
    OPTIMIZERS,
    PLAN,
    TRAINS,
    augmented,
    small_problem,
)

SEED = 3


def plain_loop(p, peak_lr):
    """The loop of TorchProblem's docstring, written by hand; the referee."""
    random.seed(SEED), np.random.seed(SEED), torch.manual_seed(SEED)
    net = p.model()
    optimizer = p.optimizer(net.parameters(), peak_lr)
    generator = torch.Generator().manual_seed(SEED)
    batches = (batch for _ in itertools.count() for batch in p.train(generator))
    lr, decay = PLAN.schedules["lr"].over(HORIZON), PLAN.schedules["weight_decay"].over(HORIZON)
    losses = []
    for step in range(HORIZON):
        for group in optimizer.param_groups:
            group["lr"] = peak_lr * lr(step)
            group["weight_decay"] = BASE_DECAY * decay(step)
        optimizer.zero_grad()
        parts = []
        for _ in range(p.accumulate):
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=p.precision == "bf16"):
                loss = p.loss(net, next(batches))
            (loss / p.accumulate).backward()
            parts.append(loss.item())
        if p.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(net.parameters(), p.clip_norm)
        optimizer.step()
        losses.append(np.mean(parts))
    return np.array(losses), net.state_dict()


def assert_same_bits(losses, state, expected_losses, expected_state):
    assert losses.tobytes() == expected_losses.tobytes()
    assert state.keys() == expected_state.keys()
    for name, tensor in expected_state.items():
        assert state[name].numpy().tobytes() == tensor.numpy().tobytes(), name


def in_pieces(p, cuts, peak_lr, folder, resume):
    """Train with an evaluation at each cut; `resume` starts a new run from a checkpoint there."""
    bound = PLAN.over(HORIZON)
    run = p.start(SEED)
    losses = []
    for start, stop in itertools.pairwise([0, *sorted(cuts), HORIZON]):
        losses.append(run.advance(bound.multipliers(start, stop), peak_lr))
        torch.rand(3), random.random(), np.random.rand()  # the caller draws too
        if stop == HORIZON:
            break
        if resume:
            run.save(folder / str(stop))
            run = p.start(SEED)
            run.load(folder / str(stop))
        run.evaluate()
    return np.concatenate(losses), run


@pytest.mark.parametrize("train", TRAINS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_straight_run_is_the_plain_loop(train, optimizer):
    """Losses, weights and buffers equal the hand-written loop's to the last bit."""
    p = small_problem(train=train, optimizer=OPTIMIZERS[optimizer], accumulate=2, clip_norm=0.5)
    losses, run = in_pieces(p, [], 0.05, None, resume=False)
    assert_same_bits(losses, run.model.state_dict(), *plain_loop(p, 0.05))


@settings(max_examples=30, deadline=None)
@given(
    train=st.sampled_from(TRAINS),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    accumulate=st.integers(1, 3),
    clip_norm=st.sampled_from([None, 0.3]),
    precision=st.sampled_from(["fp32", "bf16"]),
    cuts=st.sets(st.integers(1, HORIZON - 1), max_size=3),
    resume=st.booleans(),
)
def test_a_cut_run_is_the_plain_loop(
    tmp_path_factory, train, optimizer, accumulate, clip_norm, precision, cuts, resume
):
    """Evaluated, saved, forked and resumed anywhere, a run still equals the hand-written loop."""
    p = small_problem(
        train=train,
        optimizer=OPTIMIZERS[optimizer],
        accumulate=accumulate,
        clip_norm=clip_norm,
        precision=precision,
    )
    folder = tmp_path_factory.mktemp("checkpoints")
    losses, run = in_pieces(p, cuts, 0.05, folder, resume)
    assert_same_bits(losses, run.model.state_dict(), *plain_loop(p, 0.05))


def test_interleaved_runs_do_not_notice_each_other():
    """Two runs that take turns in one process equal two that have it to themselves."""
    p = small_problem(train=augmented)
    bound = PLAN.over(HORIZON)
    alone = [p.start(seed).advance(bound.multipliers(), 0.05) for seed in (1, 2)]
    runs = [p.start(seed) for seed in (1, 2)]
    taken = [[], []]
    for step in range(HORIZON):
        for run, losses in zip(runs, taken, strict=True):
            losses.append(run.advance(bound.multipliers(step, step + 1), 0.05))
            run.evaluate()
    assert [np.concatenate(losses).tobytes() for losses in taken] == [a.tobytes() for a in alone]


def test_a_run_leaves_the_callers_generators_alone():
    """The caller's global generators are the same before and after all a run does."""
    p = small_problem(train=augmented)
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = random.random(), np.random.rand(), torch.rand(2).tolist()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    run = p.start(SEED)
    run.advance(PLAN.over(HORIZON).multipliers(0, 3), 0.05)
    run.evaluate()
    assert (random.random(), np.random.rand(), torch.rand(2).tolist()) == expected
