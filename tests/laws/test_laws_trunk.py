"""A trunk shares what its branches share, and no other peak or cooldowns end lower together."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from laws_made import HORIZON, law_of

from lehr import hold, linear, warmup
from lehr.errors import LehrError, ScheduleError, UsageError
from lehr.laws import Law, Trunk, design, trunk
from lehr.laws.branching import PLAIN
from lehr.laws.cooldowns import SHARES, cooldowns
from lehr.laws.trial import NOTHING, trials

ENDS = (4_000, HORIZON, 2 * HORIZON)
WARM = 40


@cache
def law() -> Law:
    return law_of(5e-4, 2e-3)


@cache
def found(longest: str | None = None) -> Trunk:
    return trunk(law(), horizons=ENDS, longest=longest)


def values(one: Trunk) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    return [branch.schedule.over(branch.horizon).values() for branch in one.branches]


@pytest.mark.parametrize("longest", [None, "20%"])
def test_branches_are_the_trunk_until_they_begin(longest: str | None) -> None:
    """To the bit, so a checkpoint of the trunk is one of theirs; the last value is the peak's."""
    one = found(longest)

    shared = one.schedule.over(max(ENDS)).values()

    for branch, multipliers in zip(one.branches, values(one), strict=True):
        assert WARM < branch.begins < branch.horizon
        assert multipliers[: branch.begins].tolist() == shared[: branch.begins].tolist()
        assert multipliers[branch.begins - 1] == 1
        assert multipliers[branch.begins + 1] < 1


@pytest.mark.parametrize("longest", [None, "20%"])
def test_steps_are_those_that_no_other_branch_has_trained(longest: str | None) -> None:
    """Counted one by one: a step is shared by runs whose lrs agree up to it."""
    one = found(longest)

    trained = {
        (step, branch.horizon if step >= branch.begins else 0)
        for branch in one.branches
        for step in range(branch.horizon)
    }

    assert one.steps == len(trained) < one.separate == sum(ENDS)


def test_no_other_peak_or_cooldown_ends_lower_together() -> None:
    """The sum over horizons of what runs hardly exceed, searched from end to end."""
    one = found()
    sums = []
    for peak in np.geomspace(5e-4, 2e-3, 7):
        scores = [
            min(
                trials(law(), shape, [float(peak)], end, NOTHING)[0].score
                for share in SHARES
                for shape in cooldowns(share, WARM, end)
            )
            for end in ENDS
        ]
        sums.append(sum(scores))

    chosen = [
        trials(law(), branch.schedule, [one.peak_lr], branch.horizon, NOTHING)[0].score
        for branch in one.branches
    ]

    assert not one.fell_back
    assert sum(chosen) == pytest.approx(min(sums), rel=1e-12)
    assert one.peak_lr == pytest.approx(np.geomspace(5e-4, 2e-3, 7)[int(np.argmin(sums))])


def test_what_a_branch_loses_is_told_against_the_design_for_its_horizon() -> None:
    """A loss that the law predicts, and the difference to the one that it predicts of the other."""
    one = found("20%")
    for branch in one.branches:
        ends = [
            law().predict(peak * schedule.over(branch.horizon).values(), [branch.horizon])
            for schedule, peak in (
                (branch.schedule, one.peak_lr),
                (branch.alone.schedule, branch.alone.peak_lr),
            )
        ]
        assert branch.predicted == pytest.approx(ends[0].mean[0], rel=1e-6)
        assert branch.sd == pytest.approx(ends[0].sd[0], rel=1e-4)
        assert branch.loses.mean == pytest.approx(ends[0].mean[0] - ends[1].mean[0], abs=1e-6)
        assert branch.loses.sd > 0
    mean = np.mean([branch.loses.mean for branch in one.branches])
    assert one.loses.mean == pytest.approx(mean)


def test_shorter_cooldowns_are_what_a_limit_gives() -> None:
    """Each is the trunk that the same limit finds; steps ascend and losses fall with the limit."""
    limits = found().shorter

    limited = found("20%")

    assert [limit.longest for limit in limits] == list(SHARES[: len(limits)])
    assert len(limits) >= 2
    assert (limits[1].longest, limits[1].steps) == ("20%", limited.steps)
    assert limits[1].loses == limited.loses
    assert (np.diff([limit.steps for limit in limits]) > 0).all()
    assert (np.diff([limit.loses.mean for limit in limits]) < 0).all()
    cooled = [1 - branch.begins / branch.horizon for branch in limited.branches]
    assert max(cooled) == pytest.approx(0.2)


def test_what_the_law_cannot_tell_is_plain() -> None:
    """Linear cooldowns of a fifth; where it does not hold, at the peak lr of the best run."""
    unsure = replace(law(), covariance=1e4 * law().covariance)
    none = replace(law(), misfit=0.5)

    told, not_told = (trunk(one, horizons=ENDS) for one in (unsure, none))

    plain = warmup(WARM) >> hold() >> linear(PLAIN)
    for one in (told, not_told):
        assert one.fell_back
        assert {branch.schedule for branch in one.branches} == {plain}
        assert [branch.begins for branch in one.branches] == [int(0.8 * end) for end in ENDS]
    assert not_told.peak_lr == law().best_lr
    assert not_told.shorter == ()


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"horizons": []}, UsageError, "horizons none"),
        ({"horizons": [500, 500]}, UsageError, "different"),
        ({"horizons": [0, 500]}, UsageError, "at least 1"),
        ({"longest": "500tok"}, UsageError, "a share of the horizon"),
        ({"longest": "200"}, UsageError, "a share of the horizon"),
        ({"longest": "100%"}, UsageError, "less than all of it"),
        ({"peak_lr": (1e-3, 1e-2)}, UsageError, "no law knows"),
        ({"warmup_steps": 900}, ScheduleError, "to fill"),
        ({"warmup_steps": 20_000}, UsageError, "leaves nothing to design"),
    ],
)
def test_a_trunk_that_cannot_be_is_refused(
    changed: dict[str, object], error: type[LehrError], words: str
) -> None:
    """What is wrong is said, with the value."""
    with pytest.raises(error, match=words):
        trunk(law(), **({"horizons": [1_000]} | changed))  # type: ignore[arg-type]


def test_a_cooldown_that_only_long_runs_have_room_for_is_tried() -> None:
    """Each horizon has the cooldowns that fit it."""
    law = law_of(1e-3)
    found = trunk(law, horizons=[800, 20_000], warmup_steps=500)
    short, long = found.branches
    assert len(short.schedule.over(800).values()) == 800
    alone = design(law, horizon=20_000, warmup_steps=500)
    assert long.predicted <= alone.predicted + 0.01


def test_a_long_warmup_leaves_room_for_a_short_cooldown() -> None:
    """A tenth fits where the customary fifth does not; nothing fits beside nearly all."""
    law = law_of(1e-3)
    assert trunk(law, horizons=[1_000], warmup_steps=850).branches[0].begins >= 850
    with pytest.raises(ScheduleError):
        trunk(law, horizons=[1_000], warmup_steps=990)
