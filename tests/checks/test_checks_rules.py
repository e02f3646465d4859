"""The rules' edges, and that no schedule and no log makes a rule fail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lehr import parse
from lehr.checks import RunLog, Setting, alarming, check, check_log
from lehr.checks.subject import MOST_VALUES, Subject, superseded
from lehr.errors import ScheduleError, UsageError
from lehr.schedule import Clock, Plan, cosine, hold, linear, multi_step, step, warmup

ADAM = Setting(optimizer="adamw", peak_lr=3e-3, weight_decay=0.1, betas=(0.9, 0.999))


def codes(text: str, horizon: int = 1_000, **known: object) -> list[str]:
    plan = Plan.of(parse(text))
    return [f.code for f in check(plan, horizon=horizon, setting=Setting(**known))]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("cosine()", {"optimizer": "adamw", "peak_lr": 1e-3}, []),  # the libraries' default
        ("cosine()", {"optimizer": "adamw", "peak_lr": 1.1e-3}, ["LR010"]),
        ("cosine()", {"optimizer": "adamw"}, []),  # the peak is unknown
        ("cosine()", {"optimizer": "sgd", "peak_lr": 0.1}, []),
        ("0.1 * cosine()", {"optimizer": "adamw", "peak_lr": 3e-3}, []),  # the peak used is 3e-4
        ('warmup("30%") >> cosine()', {}, []),
        ('warmup("31%") >> cosine()', {}, ["LR011"]),
        ('linear("50%", final=1, start=0.1) >> linear()', {}, []),
        ('linear("51%", final=1, start=0.1) >> linear()', {}, ["LR011"]),
        ("cosine(final=0.2)", {}, []),
        ("cosine(final=0.21)", {}, ["LR021"]),
        ("linear(950) >> constant(0)", {}, ["LR004"]),
        ("linear(960) >> constant(0)", {}, ["LR003"]),
        ("cosine(200).repeat()", {}, []),
        ("cosine(199).repeat()", {}, ["LR022"]),
        ("cosine().repeat(3)", {}, []),
        ("linear().clip(min=0.01)", {}, []),
        ("linear(final=0.1).clip(min=0.05)", {}, ["LR020"]),
        ("maximum(linear(final=0.1), constant(0.05))", {}, ["LR020"]),
        ("0.5 * linear(final=0.1).clip(min=0.05)", {}, ["LR020"]),
        ("cosine()", {"stable_lr": 0.1, "peak_lr": 0.1}, []),
        ("cosine()", {"stable_lr": 0.1, "peak_lr": 0.11}, ["LR050"]),
        ("0.5 * cosine()", {"stable_lr": 0.1, "peak_lr": 0.2}, []),
        ("cosine()", {"optimizer": "schedule-free"}, ["LR063"]),
        ("hold()", {"optimizer": "schedule-free"}, []),
    ],
)
def test_thresholds(text: str, known: dict[str, object], expected: list[str]) -> None:
    """On either side of each threshold."""
    assert codes(text, **known) == expected


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("multi_step([300, 600, 3_000])", "multi_step([300, 600])"),
        ("warmup(100) >> cosine(2_000)", "warmup(100) >> cosine()"),
        ("warmup(100) >> cosine(500)", "warmup(100) >> cosine()"),
        ("cosine(300) >> hold()", "cosine()"),
        ("warmup(100) >> step(5_000)", 'warmup(100) >> step("30%")'),
        ("triangular(150).repeat()", '(linear("50%", final=1, start=0) >> linear()).repeat(3)'),
        ('warmup("50%") >> hold() >> linear("20%")', 'warmup("5%") >> hold() >> linear("20%")'),
        ("linear(final=0.5)", "linear()"),
    ],
)
def test_corrections(text: str, corrected: str) -> None:
    """What is handed back keeps what was right, and nothing is found in it."""
    found = check(Plan.of(parse(text)), horizon=1_000)
    assert corrected in [finding.schedule for finding in found]
    assert not alarming(check(Plan.of(parse(corrected)), horizon=1_000))


def test_a_plan_is_corrected_as_a_plan() -> None:
    """The other hyper-parameters stay as they are."""
    plan = Plan(lr=hold(), weight_decay=linear(final=1, start=0.5))
    found = check(plan, horizon=1_000)
    assert [finding.schedule for finding in found] == [
        'Plan(lr=hold() >> linear("20%"), weight_decay=linear(final=1, start=0.5))'
    ]


def test_what_does_not_fit_is_found_and_what_is_unknown_is_asked_for() -> None:
    """A schedule longer than its horizon is a finding; epochs without a clock are wrong usage."""
    assert [f.code for f in check(warmup(100) >> cosine(950), horizon=1_000)] == ["LR030"]
    assert [f.code for f in check(multi_step([10, 20, 2_000]), horizon=1_000)] == ["LR030"]
    with pytest.raises(ScheduleError, match="nobody said"):
        check(warmup("2ep") >> cosine(), horizon=1_000)
    clock = Setting(clock=Clock(steps_per_epoch=10))
    assert check(warmup("2ep") >> cosine(), horizon=1_000, setting=clock) == ()


def test_wrong_arguments_are_told() -> None:
    """Not a schedule, an impossible setting, a code that is none."""
    with pytest.raises(ScheduleError, match="cannot be checked"):
        check("cosine()", horizon=10)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ScheduleError, match="horizon"):
        check(cosine(), horizon=0)
    with pytest.raises(ScheduleError, match="peak_lr"):
        Setting(peak_lr=-1)
    with pytest.raises(ScheduleError, match="betas"):
        Setting(betas=(0.9, 1.0))
    with pytest.raises(ScheduleError, match="optimizer"):
        Setting(optimizer="adamv")  # pyright: ignore[reportArgumentType]
    with pytest.raises(UsageError, match="no check"):
        check(cosine(), horizon=10, ignore=["LR999"])
    with pytest.raises(UsageError, match="one length"):
        RunLog(steps=np.arange(3), lr=np.ones(2))


def test_ignored_checks_rest() -> None:
    """What is ignored is not reported, what is not is."""
    assert check(hold(), horizon=1_000, ignore=["LR021"]) == ()
    assert len(check(hold(), horizon=1_000, ignore=["LR022"])) == 1


def test_a_horizon_of_any_size_is_judged() -> None:
    """A billion steps are looked at in fewer places; the answer does not change."""
    long = Subject.planned(Plan.of(cosine()), 10**9, Setting())
    assert len(long.steps) <= MOST_VALUES
    assert (long.steps[0], long.steps[-1]) == (0, 10**9 - 1)
    assert [f.code for f in check(step(10**8), horizon=10**9)] == ["LR004"]
    assert check(warmup("5%") >> cosine(), horizon=10**9) == ()


TEXTS = (
    *("constant()", "linear()", "step(3)", "exponential(0.5)", "rsqrt(2)", "multi_step([1, 2])"),
    *("cosine(2).repeat(stretch=1.5)", "warmup(2) >> hold()", "linear().clip(min=0.5)"),
    'Plan(lr=linear("30%", final=1, start=0) >> linear(), momentum=absolute(linear(final=0.9)))',
)


@given(st.sampled_from(TEXTS), st.integers(1, 40), st.sampled_from([Setting(), ADAM]))
@settings(max_examples=60, deadline=None)
def test_no_plan_makes_a_rule_fail(text: str, horizon: int, setting: Setting) -> None:
    """Very short runs included; each correction binds."""
    for finding in check(Plan.of(parse(text)), horizon=horizon, setting=setting):
        if finding.schedule is not None:
            Plan.of(parse(finding.schedule)).over(horizon)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_log_makes_a_rule_fail(data: st.DataObject) -> None:
    """Any numbers at any steps, with and without losses, horizons and epochs."""
    rows = data.draw(st.integers(1, 60))
    numbers = st.one_of(
        st.sampled_from([0.0, 1.0, -1.0, float("nan"), float("inf")]),
        st.floats(0, 1, allow_subnormal=False),
    )
    log = RunLog(
        steps=data.draw(arrays(np.int64, rows, elements=st.integers(0, 200))),
        lr=data.draw(arrays(np.float64, rows, elements=numbers)),
        loss=data.draw(st.none() | arrays(np.float64, rows, elements=numbers)),
        horizon=data.draw(st.none() | st.integers(1, 400)),
        steps_per_epoch=data.draw(st.none() | st.integers(1, 50)),
    )
    for finding in check_log(log, setting=ADAM):
        assert finding.schedule is None
        assert "nan" not in finding.what


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_what_supersedes_is_what_a_reader_would_keep(steps: list[int]) -> None:
    """Reference: a row counts unless a later one has the same or an earlier step."""
    found = superseded(np.array(steps))
    expected = [any(late <= early for late in steps[k + 1 :]) for k, early in enumerate(steps)]
    assert found.tolist() == expected


def test_the_loss_is_lost_wherever_the_lr_then_is() -> None:
    """Long after the peak too; the advice is about the peak."""
    steps = np.arange(40)
    lr, loss = np.linspace(1.0, 0.1, 40), np.where(steps < 35, 2.0 - steps / 40, np.inf)
    (found,) = (
        finding
        for finding in check_log(RunLog(steps=steps, lr=lr, loss=loss))
        if finding.code == "LR052"
    )
    assert found.step == 35
    assert "19 % of its peak" in found.what
    assert "a peak of 0.5" in str(found.fix)


def test_micro_batches_of_one_step_are_not_written_again() -> None:
    """A step that stands in several rows is one; a step that comes back is not."""
    steps = np.repeat(np.arange(0, 40, 4), 4)
    codes = {f.code for f in check_log(RunLog(steps=steps, lr=1.0 - steps / 50))}
    assert "LR043" not in codes
    back = np.concatenate([steps, steps[-4:] - 4])
    codes = {f.code for f in check_log(RunLog(steps=back, lr=1.0 - back / 50))}
    assert "LR043" in codes


def test_a_loss_that_breaks_is_a_spike_and_one_that_is_not_logged_is_none() -> None:
    """NaN stands for a row without a loss, infinity for a loss that was no number."""
    steps, rows = np.arange(200), np.arange(200)
    lr, loss = np.ones(200), 2 / (1 + rows / 50)
    rare = np.where(rows % 10 == 0, loss, np.nan)
    broken = np.where(rows < 150, loss, np.inf)
    passing = np.where((rows < 150) | (rows > 160), loss, np.inf)
    few = np.where(rows < 20, loss, np.inf)[:30]
    for logged, expected in (
        (loss, set[str]()),
        (rare, set[str]()),
        (passing, {"LR051"}),
        (broken, {"LR052"}),
        (few, {"LR052"}),
    ):
        steps, lr = steps[: len(logged)], lr[: len(logged)]
        found = check_log(RunLog(steps=steps, lr=lr, loss=logged), ignore=["LR002"])
        assert {finding.code for finding in found} == expected
