"""Segments trained as one program give what they give alone, to rounding, and a study goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_problem import problem as tiny_problem

from lehr.choose.checkpoints import Checkpoints
from lehr.choose.executors import Executor, SerialExecutor, StackedExecutor, slots_of
from lehr.choose.segment import Segment, SegmentResult
from lehr.choose.store import STACKED, Store
from lehr.errors import CheckpointError, StackingError, StudyError, UsageError
from lehr.schedule import Plan, cosine, linear
from lehr.training import TorchProblem

STEPS = 40


@pytest.fixture
def problem() -> TorchProblem:
    """With dropout, so that only runs of one seed can be one program."""
    torch.set_num_threads(1)
    return tiny_problem(steps=STEPS)


def stretch(
    key: str, parent: str | None = None, *, seed: int = 0, lr: float = 0.1, linearly: bool = False
) -> Segment:
    """The first half of a run without a parent, the second with one."""
    start, stop = (0, STEPS // 2) if parent is None else (STEPS // 2, STEPS)
    plan = Plan(lr=linear() if linearly else cosine())
    return Segment(
        key=key,
        parent=parent,
        seed=seed,
        peak_lr=lr,
        start=start,
        stop=stop,
        multipliers=plan.over(STEPS).multipliers(start, stop),
        evaluate_at=(start + 7, stop),
        save=True,
        history=np.full(start, 1.0),
    )


def train(executor: Executor, *segments: Segment) -> dict[str, SegmentResult]:
    for segment in segments:
        executor.submit(segment)
    return {one.key: one for one in (executor.collect() for _ in segments)}


FIRST = [stretch(f"a{i}", lr=0.1 / 2**i) for i in range(5)]
THEN = [stretch(f"b{i}", f"a{i}", lr=0.1 / 2**i) for i in range(5)]
FORK = [stretch("c1", "a1", lr=0.05, linearly=True)]
OTHERS = [stretch(f"s{i}", seed=i) for i in (1, 2)]
LOST = stretch("lost", lr=1e30)


def test_results_agree_with_the_serial_executor(problem: TorchProblem, tmp_path: Path) -> None:
    """Continued, forked and diverging runs, several seeds, and a resumption from checkpoints."""
    with SerialExecutor(problem, Checkpoints(tmp_path / "serial")) as executor:
        expected = train(executor, *FIRST, LOST, *OTHERS) | train(executor, *THEN, *FORK)
    with StackedExecutor(problem, Checkpoints(tmp_path / "stacked")) as executor:
        continued = train(executor, *FIRST, LOST, *OTHERS) | train(executor, *THEN, *FORK)
        with pytest.raises(StudyError, match="nothing to collect"):
            executor.collect()
    for segment in (*THEN, *FORK):
        Checkpoints(tmp_path / "stacked").evict(segment.key)
    with StackedExecutor(problem, Checkpoints(tmp_path / "stacked")) as executor:
        resumed = continued | train(executor, *THEN, *FORK)
    for ours in (continued, resumed):
        assert ours.keys() == expected.keys()
        for key, result in expected.items():
            assert ours[key].diverged_at == result.diverged_at
            assert ours[key].saved == result.saved
            np.testing.assert_allclose(ours[key].losses, result.losses, rtol=1e-4)
            assert [step for step, _ in ours[key].metrics] == [step for step, _ in result.metrics]
            for (_, mine), (_, theirs) in zip(ours[key].metrics, result.metrics, strict=True):
                assert mine == pytest.approx(theirs, rel=1e-4)
    assert expected["lost"].diverged_at is not None
    assert Checkpoints(tmp_path / "stacked").keys() == expected.keys() - {"lost"}


def test_a_missing_checkpoint_fails_its_own_segment_alone(
    problem: TorchProblem, tmp_path: Path
) -> None:
    """The others of its group are trained, and the steps before it are known to be missing."""
    checkpoints = Checkpoints(tmp_path / "stacked")
    with StackedExecutor(problem, checkpoints) as executor:
        train(executor, *FIRST)
    checkpoints.evict("a0")
    with StackedExecutor(problem, checkpoints) as executor:
        for segment in THEN:
            executor.submit(segment)
        with pytest.raises(CheckpointError, match="trained again"):
            executor.collect()
        assert {executor.collect().key for _ in THEN[1:]} == {"b1", "b2", "b3", "b4"}


def test_a_problem_that_cannot_be_stacked_is_refused_at_once(tmp_path: Path) -> None:
    """Before anything is trained, with the cause and the executor to use instead."""
    members = dict(vars(tiny_problem()))
    members["baseline"] = members.pop("declared_baseline")
    members["optimizer"] = lambda params, lr: torch.optim.Adagrad(params, lr=lr)
    with pytest.raises(StackingError, match="optimizer") as caught:
        StackedExecutor(TorchProblem(**members), Checkpoints(tmp_path))
    assert "Adagrad" in str(caught.value)
    assert "--executor processes" in str(caught.value)
    with pytest.raises(UsageError, match="one worker"):
        slots_of("stacked", threads=1, workers=2)


def test_a_stacked_study_is_kept_apart(tmp_path: Path) -> None:
    """It cannot be resumed to the bit, nor the other way round; its first results stay."""
    result = SegmentResult(
        key="a", losses=np.ones(20), metrics=(), diverged_at=None, saved=True, seconds=0.0
    )
    again = SegmentResult(
        key="a", losses=np.ones(20) + 1e-7, metrics=(), diverged_at=None, saved=True, seconds=0.0
    )
    with Store.open(tmp_path / "stacked") as store:
        store.set_identity({"problem": "tiny", STACKED: "to rounding"})
        store.put_result(stretch("a"), result)
        store.put_result(stretch("a"), again)
        kept = store.result("a")
        assert kept is not None
        assert kept.losses.tolist() == result.losses.tolist()
        with pytest.raises(StudyError, match="--fresh") as caught:
            store.set_identity({"problem": "tiny"})
    assert STACKED in str(caught.value)
    with Store.open(tmp_path / "serial") as store:
        store.set_identity({"problem": "tiny"})
        store.put_result(stretch("a"), result)
        with pytest.raises(StudyError, match="two results"):
            store.put_result(stretch("a"), again)
