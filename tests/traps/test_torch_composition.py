"""Traps of torch on putting schedulers together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
)
from torch_runs import lr_of, ours, sgd, used
from upstream import changed, fails

from lehr import one_cycle
from lehr.catalog import ports
from lehr.errors import ScheduleError
from lehr.schedule import Schedule, cosine, exponential, hold, multi_step, piecewise, warmup

RAMP = [0.2, 0.4, 0.6, 0.8]


def ramp(optimizer: torch.optim.Optimizer) -> LinearLR:
    return LinearLR(optimizer, 0.2, total_iters=4)


class Halving(ConstantLR):
    """A scheduler whose author wrote its closed form."""

    def _get_closed_form_lr(self) -> list[float]:
        return [lr * 0.5**self.last_epoch for lr in self.base_lrs]


def test_pytorch_184517_a_closed_form_of_ones_own() -> None:
    """PyTorch never calls it; in lehr it is all there is, whichever way a step is reached."""
    assert used(Halving(sgd(1.0), factor=1.0), 3) == [1.0] * 3, changed("pytorch#184517")
    scheduler = ours(exponential(0.5), lr=1.0, horizon=10)
    assert used(scheduler, 3) == [1.0, 0.5, 0.25]
    scheduler.last_epoch = 1
    assert lr_of(scheduler.optimizer) == exponential(0.5).over(10)(1) == 0.5


# The extra step of the inner one comes before any update, of which torch warns.
@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
def test_pytorch_196243_a_sequence_that_begins_with_a_sequence() -> None:
    """PyTorch advances the inner one by a step; lehr's is the same with and without brackets."""
    optimizer = sgd(1.0)
    inner = SequentialLR(optimizer, [ramp(optimizer), ConstantLR(optimizer, 1.0)], [4])
    outer = SequentialLR(optimizer, [inner, ExponentialLR(optimizer, 0.5)], [6])
    expected = [*RAMP, 1.0, 1.0, 1.0, 0.5, 0.25]
    assert used(outer, 9) != pytest.approx(expected), changed("pytorch#196243")
    nested = (warmup(4, start=0.2, reach="next") >> hold(2)) >> exponential(0.5)
    assert used(ours(nested, lr=1.0, horizon=9), 9) == pytest.approx(expected)


def test_pytorch_132745_a_sequence_that_ends_with_a_sequence() -> None:
    """PyTorch raises NotImplementedError in the middle of the run; lehr trains on."""
    optimizer = sgd(1.0)
    inner = SequentialLR(optimizer, [ramp(optimizer), ExponentialLR(optimizer, 0.5)], [4])
    outer = SequentialLR(optimizer, [ConstantLR(optimizer, 1.0), inner], [3])
    with fails("a composite as a later phase (cf. pytorch#132745)", NotImplementedError):
        used(outer, 5)
    nested = hold(3) >> (warmup(4, start=0.2, reach="next") >> exponential(0.5))
    found = used(ours(nested, lr=1.0, horizon=10), 10)
    assert found == pytest.approx([1.0, 1.0, 1.0, *RAMP, 1.0, 0.5, 0.25])


def test_pytorch_68978_a_plateau_in_a_sequence() -> None:
    """PyTorch refuses it; lehr has no plateau yet and says what it is instead of a wrong lr."""
    optimizer = sgd(1.0)
    parts = [ramp(optimizer), ReduceLROnPlateau(optimizer)]
    with fails("pytorch#68978", ValueError):
        SequentialLR(optimizer, parts, milestones=[4])
    with pytest.raises(ScheduleError, match="a feedback, not a schedule"):
        ports.torch("ReduceLROnPlateau")


CHAINS: dict[str, tuple[list[Callable[[torch.optim.Optimizer], LRScheduler]], Schedule]] = {
    "pytorch#129565": (
        [lambda o: CosineAnnealingWarmRestarts(o, 20), lambda o: MultiStepLR(o, [5], 0.1)],
        cosine(20).repeat() * multi_step([5], factor=0.1),
    ),
    "a cosine with a floor": (
        [lambda o: CosineAnnealingLR(o, 40, eta_min=0.1), lambda o: ExponentialLR(o, 0.95)],
        cosine(final=0.1) * exponential(0.95),
    ),
    "a warmup and a function": (
        [lambda o: LinearLR(o, 0.2, total_iters=10), lambda o: LambdaLR(o, lambda t: 0.9**t)],
        (warmup(10, start=0.2, reach="next") >> hold()) * exponential(0.9),
    ),
}


@pytest.mark.parametrize("thread", CHAINS)
def test_pytorch_129565_a_chain_is_a_product(thread: str) -> None:
    """PyTorch's members overwrite each other; lehr's `*` is the product of what each is alone."""
    parts, schedule = CHAINS[thread]
    alone = np.prod([used(part(sgd(1.0)), 40) for part in parts], axis=0)
    optimizer = sgd(1.0)
    chained = used(ChainedScheduler([part(optimizer) for part in parts], optimizer), 40)
    assert np.abs(np.array(chained) / alone - 1).max() > 0.1, changed(thread)
    np.testing.assert_allclose(used(ours(schedule, lr=1.0, horizon=40), 40), alone, rtol=1e-12)


def test_one_cycle_in_a_sequence() -> None:
    """PyTorch's OneCycleLR shrinks the phases around it 25 times; lehr's phases are as alone."""
    optimizer = sgd(0.1)
    parts = [
        LinearLR(optimizer, 0.1, total_iters=5),
        OneCycleLR(optimizer, max_lr=0.1, total_steps=20),
    ]
    first = used(SequentialLR(optimizer, parts, milestones=[5]), 1)
    assert first == pytest.approx([0.0004]), changed("OneCycleLR in SequentialLR")
    joined = warmup(5, start=0.1, reach="next") >> one_cycle(6)
    found = used(ours(joined, lr=0.1, horizon=25), 25)
    assert found[0] == pytest.approx(0.01)
    assert found[5:] == pytest.approx(used(ours(one_cycle(6), lr=0.1, horizon=20), 20))


def test_milestones_that_do_not_ascend() -> None:
    """PyTorch accepts them and is wrong; lehr's phases have lengths, and its marks must ascend."""
    optimizer = sgd(1.0)
    parts = [ConstantLR(optimizer, 1.0), ExponentialLR(optimizer, 0.5), ConstantLR(optimizer, 0.1)]
    try:
        SequentialLR(optimizer, parts, milestones=[5, 3])
    except ValueError:
        pytest.fail(changed("milestones that do not ascend"))
    with pytest.raises(ScheduleError, match="do not ascend"):
        piecewise([5, 3], [1, 0.5, 0.1]).over(10)
