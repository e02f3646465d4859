from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny_problem
from studied import SOURCE, serial

from lehr.choose import Decision, StudyRecord, choose, read_study
from lehr.choose.checkpoints import Checkpoints
from lehr.choose.progress import Silent
from lehr.choose.session import identity
from lehr.choose.store import INEXACT
from lehr.choose.trainer import Trainer
from lehr.errors import StudyError
from lehr.training import ProblemSource, preflight


def test_the_same_command_again_trains_nothing(
    undisturbed: tuple[StudyRecord, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finished study is answered from its store."""
    study, directory = undisturbed
    forbidden = "lehr.choose.executors.serial.SerialExecutor.submit"
    monkeypatch.setattr(forbidden, lambda *_: pytest.fail("a known segment was trained again"))
    assert serial(directory) == study


def test_another_budget_keeps_the_earlier_decision(tmp_path: Path) -> None:
    """The study goes on from its runs; nothing that was decided is lost, nor kept twice."""
    notes: list[str] = []

    class Notes(Silent):
        def note(self, text: str) -> None:
            notes.append(text)

    def ask(budget: float) -> Decision:
        return serial(tmp_path, budget=budget, progress=Notes()).decision

    def kept() -> list[str]:
        return sorted(path.name for path in tmp_path.glob("*-*.*"))

    first = ask(0.3)
    (tmp_path / "report.html").write_text("the first page")
    assert ask(0.3) == first
    assert (notes, kept()) == ([], [])
    second = ask(1)
    (told,) = [note for note in notes if "replaced" in note]
    assert f"{first.schedule} @ {first.peak_lr:g}" in told
    earlier = Path(told.split()[-1])
    assert Decision.read(earlier) == first.model_copy(update={"weights": None})
    assert Decision.read(tmp_path / "decision.json") == second
    page = earlier.name.replace("decision", "report").replace("json", "html")
    assert (tmp_path / page).read_text() == "the first page"
    assert (ask(0.3), ask(1), len(kept())) == (first, second, 3)
    mine = {
        "decision-baseline.json": "{}",
        "report-20250614.html": "",
        "decision-20250614.json": "",
    }
    for name, text in mine.items():
        (tmp_path / name).write_text(text)
    serial(tmp_path, budget=0.3, fresh=True)
    assert kept() == sorted(mine)


def test_a_larger_budget_goes_on_from_a_smaller_one(tmp_path: Path) -> None:
    """What a first, cheap study trained is not paid in time again."""
    serial(tmp_path, budget=3)
    trained: list[int] = []

    class Count:
        def stage(self, name: str, steps_total: int) -> None:  # noqa: ARG002 - the protocol's
            trained.append(steps_total)

        def advanced(self, steps: int) -> None:
            pass

        def note(self, text: str) -> None:
            pass

    study = serial(tmp_path, budget=12, progress=Count())
    assert sum(trained) < 0.9 * study.sharing.steps_trained


def test_a_study_killed_again_and_again_ends_the_same(
    undisturbed: tuple[StudyRecord, Path], tmp_path: Path
) -> None:
    """`kill -9` at random moments, driver and all, changes nothing but the time it takes."""
    code = (
        "import sys; from pathlib import Path; from lehr.choose import choose; "
        "from lehr.training import ProblemSource; "
        "choose(ProblemSource.of(sys.argv[1]), directory=Path(sys.argv[2]), executor='serial')"
    )
    command = [sys.executable, "-c", code, tiny_problem.__file__, str(tmp_path)]
    moments = random.Random(0)
    results = tmp_path / "study.sqlite"
    for _ in range(3):
        process = subprocess.Popen(command)
        while not results.exists() and process.poll() is None:
            time.sleep(0.05)
        time.sleep(moments.uniform(0, 1.5))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert serial(tmp_path) == undisturbed[0]


def test_hours_become_a_budget_that_a_resumption_keeps(tmp_path: Path) -> None:
    """The wall time is turned into full runs once, so that the same command decides the same."""
    first = serial(tmp_path, hours=1e-4)
    assert first.decision.cost_full_runs.total < 12
    assert serial(tmp_path, hours=1e-4) == first


def test_a_quota_on_disk_changes_time_only(
    undisturbed: tuple[StudyRecord, Path], tmp_path: Path
) -> None:
    """Checkpoints evicted for want of room are made again; no number changes."""
    assert serial(tmp_path, disk=1e-9) == undisturbed[0]


def test_an_altered_checkpoint_is_made_again(
    undisturbed: tuple[StudyRecord, Path], tmp_path: Path
) -> None:
    """A flipped bit in a checkpoint is noticed and trained over, not trained on."""
    serial(tmp_path, budget=3)
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    for key in checkpoints.keys():  # noqa: SIM118 - a method of ours, not a mapping's
        for path in checkpoints.path(key).glob("*.safetensors"):
            content = bytearray(path.read_bytes())
            content[-1] ^= 1
            path.write_bytes(bytes(content))
    assert serial(tmp_path) == undisturbed[0]


def test_what_is_decided_is_kept_before_the_weights_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure there costs the weights; the decision can be read, and the same call goes on."""

    def fail(trainer: Trainer, request: object) -> None:
        raise StudyError("training the same steps twice gave two results")

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "checkpoint", fail)
        with pytest.raises(StudyError, match="two results"):
            serial(tmp_path, budget=2)
    kept = read_study(tmp_path)
    assert Decision.read(tmp_path / "decision.json") == kept.decision
    assert kept.decision.weights is None
    whole = serial(tmp_path, budget=2)
    assert whole.decision == kept.decision.model_copy(update={"weights": "weights"})


def test_an_inexact_device_is_part_of_what_a_study_is() -> None:
    """Of an exact one nothing is said, so that its studies stay what they were."""
    problem = tiny_problem.problem()
    exact = preflight(problem, 0)
    parts = [
        identity(SOURCE, problem, found, executor="serial")
        for found in (exact, dataclasses.replace(exact, exact=False))
    ]
    assert dict(parts[1].items() - parts[0].items()) == {INEXACT: "0.01"}
    assert parts[0].items() <= parts[1].items()


def test_another_problem_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    """A study does not mix with another's results; --fresh starts over."""
    serial(tmp_path, budget=0.3)
    other = ProblemSource.of(tiny_problem.__file__, {"steps": 70})
    with pytest.raises(StudyError, match="--fresh"):
        choose(other, directory=tmp_path, executor="serial", budget=0.3)
    study = choose(other, directory=tmp_path, executor="serial", budget=0.3, fresh=True)
    assert study.decision.horizon == 70


def test_a_study_without_a_decision_has_no_record(tmp_path: Path) -> None:
    """`read_study` says what to do where there is nothing to read."""
    with pytest.raises(StudyError, match="no study"):
        read_study(tmp_path)
