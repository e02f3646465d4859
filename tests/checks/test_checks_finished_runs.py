"""Logs of real schedulers, driven the ways in which they are driven wrongly."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    LambdaLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
)

from lehr.checks import RunLog, Setting, check_log
from lehr.schedule import Clock

Make = Callable[[torch.optim.Optimizer], LRScheduler]
EPOCH = 100


def train(
    make: Make,
    *,
    steps: int = 1_000,
    every: int = 10,
    calls: Callable[[int], int] = lambda _: 1,
    disturb: Callable[[int, torch.optim.Optimizer], LRScheduler | None] = lambda *_: None,
) -> RunLog:
    """Drive a scheduler and log the lr that each `every`-th update uses.

    Args:
        make: builds the scheduler.
        steps: optimizer updates.
        every: steps from row to row.
        calls: how often the scheduler is stepped after an update.
        disturb: called before each update; what it returns replaces the scheduler.
    """
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = make(optimizer)
    rows: list[tuple[int, float]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of some of what is done here on purpose
        for step in range(steps):
            scheduler = disturb(step, optimizer) or scheduler
            if step % every == 0:
                rows.append((step, float(optimizer.param_groups[0]["lr"])))
            optimizer.step()
            for _ in range(calls(step)):
                scheduler.step()
    at, lr = zip(*rows, strict=True)
    return RunLog(steps=np.array(at), lr=np.array(lr))


def codes(log: RunLog, horizon: int | None = None, *, epochs: bool = False) -> set[str]:
    setting = Setting(clock=Clock(steps_per_epoch=EPOCH if epochs else None))
    return {finding.code for finding in check_log(log, horizon=horizon, setting=setting)}


def cosine(optimizer: torch.optim.Optimizer) -> LRScheduler:
    return CosineAnnealingLR(optimizer, 1_000)


def warm(optimizer: torch.optim.Optimizer) -> LRScheduler:
    return LambdaLR(optimizer, lambda t: max(0.0, min((t + 1) / 100, 1 - t / 1_000)))


def once_an_epoch(step: int) -> int:
    return int(step % EPOCH == EPOCH - 1)


@pytest.mark.parametrize(
    "make",
    [
        cosine,
        warm,
        lambda o: OneCycleLR(o, 0.1, total_steps=1_001),
        lambda o: MultiStepLR(o, [500, 750]),
        lambda o: PolynomialLR(o, 1_000, power=0.9),
        lambda o: CosineAnnealingWarmRestarts(o, 250),
        lambda o: CyclicLR(o, 1e-3, 0.1, step_size_up=125),
    ],
)
def test_right_runs(make: Make) -> None:
    """A scheduler that is driven as its authors mean it is reported for nothing."""
    assert codes(train(make), 1_000) == set()


def test_a_cosine_that_rises_again() -> None:
    """T_max is shorter than the run."""
    assert codes(train(lambda o: CosineAnnealingLR(o, 600))) == {"LR023"}


@pytest.mark.parametrize("processes", [2, 4, 8])
@pytest.mark.parametrize("make", [cosine, warm])
def test_stepped_once_per_process(make: Make, processes: int) -> None:
    """Accelerate's wrapper steps as often as there are processes; the finding says how often."""
    log = train(make, calls=lambda _: processes)
    found = [finding for finding in check_log(log) if finding.code == "LR032"]
    assert len(found) == 1
    assert f"1/{processes} of the run" in found[0].what
    assert codes(log) == {"LR032"}


def test_epochs_and_steps_confused() -> None:
    """Per step what was written per epoch, and the other way round; per epoch rightly is right."""
    per_step = train(lambda o: CosineAnnealingLR(o, 10), every=1)
    assert codes(per_step, epochs=True) == {"LR034"}
    per_epoch = train(warm, calls=once_an_epoch)
    assert "LR033" in codes(per_epoch, epochs=True)
    right = train(lambda o: CosineAnnealingLR(o, 10), calls=once_an_epoch)
    assert codes(right, epochs=True) == set()


def test_a_run_that_ended_early() -> None:
    """At 63 % of its horizon, which only somebody who knows the horizon can say."""
    log = train(cosine, steps=630)
    found = check_log(log, horizon=1_000)
    assert [finding.code for finding in found] == ["LR031"]
    assert "63 % of its horizon" in found[0].what
    assert codes(log) == {"LR021"}


def test_a_horizon_counted_in_the_steps_of_one_process() -> None:
    """The run ended at a quarter of its horizon, and the finding asks about processes."""
    found = check_log(train(cosine, steps=250), horizon=1_000)
    assert "4 times the run" in found[0].what


def test_a_scheduler_that_is_never_stepped() -> None:
    """The lr stands."""
    assert codes(train(cosine, calls=lambda _: 0)) == {"LR002"}


def test_a_negative_lr() -> None:
    """OneCycleLR with straight lines, called once more than its total_steps allows."""
    log = train(
        lambda o: OneCycleLR(o, 0.1, total_steps=999, anneal_strategy="linear"),
        every=1,
        calls=lambda step: int(step < 999),
    )
    found = [finding for finding in check_log(log) if finding.code == "LR001"]
    assert [finding.severity for finding in found] == ["error"]
    assert found[0].step == 999


def test_a_resume_that_begins_anew() -> None:
    """The weights came back, the schedule did not: the warmup, or the peak, a second time."""

    def rebuilt(step: int, optimizer: torch.optim.Optimizer) -> LRScheduler | None:
        if step != 500:
            return None
        optimizer.param_groups[0]["lr"] = 0.1
        del optimizer.param_groups[0]["initial_lr"]
        return warm(optimizer)

    assert "LR042" in codes(train(warm, disturb=rebuilt))

    def peak(step: int, optimizer: torch.optim.Optimizer) -> None:
        if step == 500:
            optimizer.param_groups[0]["lr"] = 0.1

    assert "LR042" in codes(train(cosine, disturb=peak))


def test_a_resume_with_another_lr() -> None:
    """pytorch#119168: the restored lr is overwritten, and a recursive schedule goes on from it."""

    def tenth(step: int, optimizer: torch.optim.Optimizer) -> None:
        if step == 500:
            optimizer.param_groups[0]["lr"] *= 0.1

    found = check_log(train(cosine, disturb=tenth))
    assert [(finding.code, finding.step) for finding in found] == [("LR041", 500)]


def test_rows_that_were_written_again() -> None:
    """A resumed run is judged by what it wrote last, and that there was more is said."""
    log = train(cosine)
    wrong = np.full(10, 0.3)
    again = RunLog(
        steps=np.concatenate([log.steps[:60], log.steps[50:]]),
        lr=np.concatenate([log.lr[:50], wrong, log.lr[50:]]),
    )
    assert codes(again) == {"LR043"}
