from __future__ import annotations

import numpy as np
import pytest

from lehr import parse
from lehr.choose.candidate import Candidate, Request
from lehr.choose.ledger import Ledger
from lehr.choose.tree import SegmentTree, parting
from lehr.schedule import Plan

HORIZON = 1000
LINEAR, WSD, REX = (
    Plan.of(parse(text))
    for text in (
        "warmup(50) >> linear()",
        "warmup(50) >> hold() >> linear('20%')",
        "warmup(50) >> rex()",
    )
)


def request(plan: Plan, *, peak_lr: float = 0.1, seed: int = 0, until: int = HORIZON) -> Request:
    return Request(candidate=Candidate(plan, peak_lr), seed=seed, until=until, stage="full")


def grown(*, shared: bool = True) -> SegmentTree:
    return SegmentTree(
        (LINEAR, WSD, REX),
        horizon=HORIZON,
        marks=(100, 350, HORIZON),
        evaluate_every=50,
        shared=shared,
    )


def test_a_run_is_covered_once_without_gaps() -> None:
    """The segments of a run follow each other from 0 to the request's end."""
    path = grown().path(request(WSD, until=350))
    assert [segment.start for segment in path[1:]] == [segment.stop for segment in path[:-1]]
    assert (path[0].start, path[-1].stop) == (0, 350)
    assert [segment.parent for segment in path] == [None, *(part.key for part in path[:-1])]


def test_plans_share_exactly_until_they_part() -> None:
    """Two plans name the same segments up to the first step that differs, and none after it."""
    tree = grown()
    ours, other = tree.path(request(LINEAR)), tree.path(request(WSD))
    common = {part.key for part in ours} & {part.key for part in other}
    # the linear decay's first update still runs at the peak: they part after step 51
    assert {part.stop for part in ours if part.key in common} == {51}
    assert parting(LINEAR.over(HORIZON).multipliers(), WSD.over(HORIZON).multipliers()) == 51


@pytest.mark.parametrize("change", [{"seed": 1}, {"peak_lr": 0.2}])
def test_another_seed_or_peak_shares_nothing(change: dict[str, float]) -> None:
    """Different weights never carry the same name."""
    tree = grown()
    ours = {part.key for part in tree.path(request(WSD))}
    assert not ours & {part.key for part in tree.path(request(WSD, **change))}


def test_a_prefix_names_the_segments_of_the_whole_run() -> None:
    """A run that was raced to a mark continues where it stopped."""
    tree = grown()
    prefix, whole = tree.path(request(REX, until=350)), tree.path(request(REX))
    assert whole[: len(prefix)] == prefix


def test_each_evaluation_belongs_to_one_segment() -> None:
    """Every step of the grid is evaluated once, whatever the cuts."""
    steps = [step for part in grown().path(request(REX)) for step in part.evaluate_at]
    assert steps == sorted(set(range(50, HORIZON + 1, 50)) | {100, 350, HORIZON})


def test_segments_carry_the_schedule() -> None:
    """The multipliers of all segments are the schedule's values."""
    path = grown().path(request(WSD))
    joined = np.concatenate([part.multipliers.values["lr"] for part in path])
    assert np.array_equal(joined, WSD.schedules["lr"].over(HORIZON).values())


def test_the_ledger_counts_shared_steps_once() -> None:
    """The cost of a set of runs is its distinct steps."""
    ledger = Ledger(grown())
    ledger.pay([request(LINEAR), request(WSD), request(REX)])
    alone = grown().path(request(REX))
    assert ledger.steps == 3 * HORIZON - 51 - len_shared(REX)
    assert ledger.cost([request(LINEAR)]) == 0
    assert sum(part.stop - part.start for part in alone) == HORIZON


def len_shared(plan: Plan) -> int:
    """Steps that a plan shares with one of the other two."""
    rows = [other.over(HORIZON).multipliers() for other in (LINEAR, WSD)]
    return max(parting(plan.over(HORIZON).multipliers(), row) for row in rows)


def test_without_sharing_each_request_is_one_segment() -> None:
    """A problem that cannot be forked trains each request from the start, by itself."""
    tree = grown(shared=False)
    ours, other = tree.path(request(LINEAR)), tree.path(request(WSD))
    assert (len(ours), ours[0].start, ours[0].stop) == (1, 0, HORIZON)
    assert ours[0].key != other[0].key
    assert not ours[0].save
