"""What a port is, and what is said where there can be none."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np
import pytest

from lehr.catalog import ports
from lehr.catalog.ports import LIBRARIES, QUIRKS, Library, Port
from lehr.errors import ScheduleError

WARM = {"base_lr": 0.1, "num_warmup_steps": 10, "num_training_steps": 100}


def test_the_text_says_the_convention() -> None:
    """No opaque names: a port's schedule is lehr's own algebra with its arguments explicit."""
    assert [
        repr(port.schedule)
        for port in (
            ports.torch("LinearLR", base_lr=0.1, start_factor=0.1, total_iters=10),
            ports.torch("CosineAnnealingLR", base_lr=0.1, T_max=10),
            ports.torch("OneCycleLR", base_lr=0.1, max_lr=0.1, total_steps=1_000),
            ports.transformers("cosine", **WARM),
            ports.transformers("inverse_sqrt", base_lr=0.1, num_warmup_steps=10),
            ports.optax(
                "warmup_cosine_decay_schedule",
                init_value=0.0,
                peak_value=0.1,
                warmup_steps=10,
                decay_steps=100,
            ),
            ports.keras("PiecewiseConstantDecay", boundaries=[5], values=[0.1, 0.01]),
            ports.pytorch_optimizer("rex", total_steps=10),
        )
    ] == [
        "linear(10, final=1, start=0.1) >> hold()",
        "(cosine(10, start=1) >> cosine(10, final=1, start=0)).repeat()",
        'glide(300, shape="cosine", final=1, start=0.04, span=299) >> '
        'glide(700, shape="cosine", final=4e-06, start=1, span=700, offset=1)',
        'warmup(10, reach="next") >> cosine()',
        'warmup(10, reach="next") >> rsqrt(10)',
        "linear(10, final=1, start=0) >> cosine(start=1)",
        'piecewise([6], [1, 0.09999999999999999], shape="constant")',
        'linear(1, start=0) >> glide(9, shape="rex", start=1, span=10, offset=1)',
    ]


def test_a_port_is_a_value() -> None:
    """It is frozen and comparable, knows its peak and horizon, and takes a step or many."""
    port = ports.transformers("linear", **WARM)
    assert port == ports.transformers("linear", **WARM)
    assert (port.library, port.name, port.peak_lr, port.horizon) == (
        "transformers",
        "linear",
        0.1,
        100,
    )
    assert port.lr(10) == port.lr(np.array([10]))[0] == port.lr([3, 10])[1] == 0.1
    assert port.lr(100) == port.lr(10_000) == 0
    assert port.schedule.over(100)(55) * 0.1 == port.lr(55)
    endless = ports.torch("StepLR", base_lr=1.0, step_size=30, gamma=0.5)
    assert endless.horizon is None
    assert endless.lr(10_000 * 30) == 0.5**10_000
    with pytest.raises(ScheduleError, match="step"):
        port.lr(-1)


def test_one_cycle_and_cyclic_bring_their_momentum() -> None:
    """The momentum is lowest where the lr peaks, in absolute values."""
    port = ports.torch("OneCycleLR", max_lr=0.1, total_steps=100)
    assert port.momentum is not None
    momentum = port.momentum.over(100).values()
    assert momentum.argmin() == port.lr(np.arange(100)).argmax() == 29
    assert (momentum[0], momentum[29], momentum[99]) == (0.95, 0.85, 0.95)
    off = ports.torch("OneCycleLR", max_lr=0.1, total_steps=100, cycle_momentum=False)
    assert off.momentum is None


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_wrong_names_are_refused_with_the_right_ones(library: Library) -> None:
    """A scheduler, an argument or a missing argument is named, with what was perhaps meant."""
    name, build = next(
        (name, build)
        for name, build in library.builders.items()
        if any(p.default is p.empty for p in inspect.signature(build).parameters.values())
    )
    with pytest.raises(ScheduleError) as unknown:
        library(name + "x")
    assert f"did you mean {name}?" in str(unknown.value)
    with pytest.raises(ScheduleError, match="has no argument no_such_thing"):
        library(name, no_such_thing=1)
    with pytest.raises(ScheduleError, match="needs"):
        library(name)
    for refused in library.refused:
        with pytest.raises(ScheduleError, match="cannot be ported") as found:
            library(refused)
        assert found.value.fix
    assert build.__doc__


def call(library: Library, name: str, **arguments: object) -> Callable[[], Port]:
    return lambda: library(name, **arguments)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (call(ports.torch, "LinearLR", base_lr=0.1, start_factor=0.0), "start_factor is 0"),
        (call(ports.torch, "LinearLR", base_lr=0.1, end_factor=1.5), "end_factor is above 1"),
        (call(ports.torch, "MultiStepLR", base_lr=0.1, milestones=[2.5]), "a milestone"),
        (call(ports.torch, "OneCycleLR", max_lr=0.1), "nobody said how many steps"),
        (call(ports.torch, "OneCycleLR", max_lr=0.1, total_steps=9, pct_start=1), "no float"),
        (call(ports.torch, "CyclicLR", base_lr=0.1, max_lr=1.0, mode="x"), "mode is not known"),
        (call(ports.torch, "StepLR", base_lr=-0.1, step_size=3), "base_lr is out of range"),
        (call(ports.transformers, "polynomial", **WARM, lr_end=1.0), "lr_end"),
        (call(ports.transformers, "cosine_with_min_lr", **WARM), "the minimum is not said once"),
        (
            call(
                ports.transformers,
                "warmup_stable_decay",
                base_lr=0.1,
                num_warmup_steps=1,
                num_decay_steps=1,
            ),
            "nobody said how long",
        ),
        (
            call(
                ports.optax,
                "warmup_cosine_decay_schedule",
                init_value=0.0,
                peak_value=0.1,
                warmup_steps=10,
                decay_steps=10,
            ),
            "no step is left to decay in",
        ),
        (
            call(ports.optax, "sgdr_schedule", cosine_kwargs=[{"init_valu": 0.0}]),
            "a cycle has no init_valu",
        ),
        (
            call(ports.keras, "PiecewiseConstantDecay", boundaries=[5], values=[0.1]),
            "do not fit",
        ),
        (
            call(
                ports.keras,
                "CosineDecay",
                initial_learning_rate=0.1,
                decay_steps=10,
                warmup_steps=3,
            ),
            "does nothing without warmup_target",
        ),
        (
            call(
                ports.torch,
                "SequentialLR",
                schedulers=[ports.torch("ExponentialLR", base_lr=0.1, gamma=0.9)] * 3,
                milestones=[5, 3],
            ),
            "milestones do not ascend",
        ),
    ],
)
def test_a_librarys_own_checks_are_kept(made: Callable[[], Port], said: str) -> None:
    """What the library refuses, or would get silently wrong, is refused."""
    with pytest.raises(ScheduleError, match=said):
        made()


def test_composites_nest() -> None:
    """A sequence of a product of a sequence has the values it should have, unlike in torch."""
    warm = ports.torch("LinearLR", base_lr=0.1, start_factor=0.5, total_iters=4)
    fall = ports.torch("ExponentialLR", base_lr=0.1, gamma=0.5)
    inner = ports.torch("SequentialLR", schedulers=[warm, fall], milestones=[4])
    both = ports.torch("ChainedScheduler", schedulers=[inner, fall])
    outer = ports.torch("SequentialLR", schedulers=[both, warm], milestones=[6])
    expected = [(0.5 + t / 8) * 0.5**t for t in range(4)] + [0.5**4, 0.5 * 0.5**5]
    expected += [0.5, 0.625, 0.75, 0.875, 1.0, 1.0]
    np.testing.assert_allclose(outer.lr(np.arange(12)), 0.1 * np.array(expected), rtol=1e-14)


def test_one_cycle_inside_a_sequence_keeps_its_size() -> None:
    """The quirk sequential-reset: torch makes the phases around OneCycleLR 25 times too small."""
    cycle = ports.torch("OneCycleLR", max_lr=0.1, total_steps=10)
    flat = ports.torch("ConstantLR", base_lr=0.1, factor=1.0)
    both = ports.torch("SequentialLR", schedulers=[flat, cycle], milestones=[5])
    assert both.lr(4) == pytest.approx(0.1)
    np.testing.assert_allclose(both.lr(np.arange(5, 30)), cycle.lr(np.arange(25)), rtol=1e-14)


def test_quirks_have_keys_of_their_own() -> None:
    """A key is said once per library, and every part of a record is filled in."""
    keys = [(quirk.library, quirk.key) for quirk in QUIRKS]
    assert len(set(keys)) == len(keys)
    for quirk in QUIRKS:
        assert all((quirk.scheduler, quirk.native, quirk.port, quirk.source))
