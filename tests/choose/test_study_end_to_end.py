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

from lehr import parse
from lehr.choose import Candidate, Decision, StudyRecord, choose, compare, plan_cost, read_study
from lehr.choose import study as study_module
from lehr.choose.checkpoints import Checkpoints
from lehr.choose.progress import Silent
from lehr.choose.session import identity
from lehr.choose.settings import SHORTEST, Settings
from lehr.choose.store import INEXACT, Store
from lehr.choose.strategies import Strategy
from lehr.choose.trainer import Trainer
from lehr.choose.tree import SegmentTree
from lehr.errors import ProblemError, StudyError, UsageError
from lehr.schedule import Plan
from lehr.training import Problem, ProblemSource, preflight

SOURCE = ProblemSource.of(tiny_problem.__file__)


def serial(directory: Path, **settings: object) -> StudyRecord:
    return choose(SOURCE, directory=directory, executor="serial", **settings)  # type: ignore[arg-type] # forwarded as they are


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyRecord, Path]:
    """A whole study with the default budget, and its directory."""
    directory = tmp_path_factory.mktemp("undisturbed")
    return serial(directory), directory


def test_a_study_decides_within_its_budget(undisturbed: tuple[StudyRecord, Path]) -> None:
    """The decision names a candidate that was trained, its cost, and an untouched comparison."""
    study, directory = undisturbed
    decision = study.decision
    assert decision.cost_full_runs.total <= 12
    finished = {run.schedule for run in decision.runs if run.steps == decision.horizon}
    assert decision.schedule in finished
    confirmed = {run.seed for run in decision.runs if run.stage == "confirm"}
    searched = {run.seed for run in decision.runs if run.stage != "confirm"}
    assert confirmed == {1, 2, 3}
    assert searched == {0}
    assert decision.expected is not None
    assert decision.expected.seeds == 3
    assert Decision.read(directory / "decision.json") == decision
    assert read_study(directory) == study


def test_diverged_runs_are_data(tmp_path: Path) -> None:
    """A run that blew up has a null objective and says so; where all do, there is no winner."""
    decision = serial(tmp_path, budget=1, lr_range=(0.5, 1e6)).decision
    diverged = [run for run in decision.runs if run.diverged]
    assert diverged
    assert all(run.objective is None for run in diverged)
    nothing = serial(tmp_path, budget=1, lr_range=(1e5, 1e6)).decision
    assert (nothing.verdict, nothing.schedule) == ("no_winner", nothing.baseline.schedule)


def test_the_weights_are_those_of_the_confirming_run(
    undisturbed: tuple[StudyRecord, Path],
) -> None:
    """The kept checkpoint evaluates to the objective that its run reported."""
    study, directory = undisturbed
    decision = study.decision
    run = tiny_problem.problem().start(1)
    run.load(directory / "weights")
    reported = [
        row.objective
        for row in decision.runs
        if (row.schedule, row.peak_lr, row.seed) == (decision.schedule, decision.peak_lr, 1)
    ]
    assert [run.evaluate()["val_loss"]] == reported


def test_processes_decide_as_serial_does(
    undisturbed: tuple[StudyRecord, Path], tmp_path: Path
) -> None:
    """The executor changes nothing in the decision or in any curve."""
    study = choose(SOURCE, directory=tmp_path, executor="processes", workers=2)
    assert study == undisturbed[0]


def test_sharing_changes_no_result(
    undisturbed: tuple[StudyRecord, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every run trained from step 0 by itself, each number is the same; the cost is not."""

    def unshared(problem: Problem, strategy: Strategy, baseline: Candidate) -> SegmentTree:
        return SegmentTree(
            strategy.plans(baseline),
            horizon=problem.steps,
            marks=strategy.marks(problem.steps),
            evaluate_every=problem.evaluate_every,
            shared=False,
        )

    monkeypatch.setattr(study_module, "cut_runs", unshared)
    alone = serial(tmp_path, budget=30)
    together = undisturbed[0]
    shared = {(run.schedule, run.peak_lr, run.seed): run for run in together.decision.runs}
    single = {(run.schedule, run.peak_lr, run.seed): run for run in alone.decision.runs}
    common = [run for run in shared if run in single and shared[run].steps == single[run].steps]
    assert len(common) >= 10
    assert all(shared[run].objective == single[run].objective for run in common)
    assert alone.sharing.steps_trained > together.sharing.steps_trained


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


@pytest.mark.parametrize("budget", [0.1, 0.5, 1.0, 2.0, 3.0, 8.0])
def test_small_budgets_answer_too(tmp_path: Path, budget: float) -> None:
    """Any budget gives a schedule and a peak lr, keeps its limit, and expects more regret."""
    decision = serial(tmp_path, budget=budget).decision
    assert decision.cost_full_runs.total <= budget + 1e-9
    assert decision.verdict == "indistinguishable"
    assert "not confirmed" in decision.advice
    assert decision.expected_regret > 0
    parse(decision.schedule)


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


def test_given_schedules_are_all_tried(tmp_path: Path) -> None:
    """Schedules named by the user take part whatever the budget that races shapes."""
    mine = ("warmup(3) >> cosine(final=0.1)", "step(20)")
    decision = serial(tmp_path, budget=5, schedules=mine).decision
    assert {run.schedule for run in decision.runs} == {str(parse(text)) for text in mine}


def test_a_range_of_lrs_is_kept(tmp_path: Path) -> None:
    """No run leaves lr_range but the baseline, which is the user's own."""
    decision = serial(tmp_path, lr_range=(0.01, 0.04)).decision
    searched = [run.peak_lr for run in decision.runs if run.stage != "confirm"]
    assert min(searched) >= 0.01
    assert max(searched) <= 0.04


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


def test_the_plan_foretells_the_cost(undisturbed: tuple[StudyRecord, Path]) -> None:
    """`--plan` promises what the study then costs, but for probes that walk on."""
    plan = plan_cost(SOURCE, executor="serial")
    cost = undisturbed[0].decision.cost_full_runs
    confirm = plan.stages[-1]
    assert confirm.stage == "confirm"
    assert confirm.full_runs == pytest.approx(cost.confirm, abs=0.3)
    assert plan.full_runs <= 12
    assert plan.full_runs == pytest.approx(cost.total, abs=0.8)
    assert plan.seconds > 0


@pytest.mark.parametrize(
    "settings",
    [
        {"budget": 0},
        {"budget": float("nan")},
        {"hours": -1},
        {"schedules": ()},
        {"seed": -1},
        {"seed": 2**32 - 1},
        {"seed": 2**32 - 1000},
        {"disk": float("nan")},
        {"disk": float("inf")},
        {"disk": -1},
        {"lr_range": (0.1, 0.1000001)},
        {"lr_range": (0.001, 0.0010000000000000002)},
    ],
)
def test_impossible_settings_raise_before_anything_is_trained(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    """A wrong argument costs nothing and leaves no study."""
    with pytest.raises(UsageError):
        serial(tmp_path / "none", **settings)
    assert not (tmp_path / "none").exists()


def test_full_runs_that_are_too_short_are_refused_in_the_users_own_words(tmp_path: Path) -> None:
    """Nobody typed the short list: the rule is one of steps. Schedules that fit may be named."""
    short = ProblemSource.of(tiny_problem.__file__, arguments={"steps": SHORTEST - 1})
    for ask in (
        lambda: choose(short, directory=tmp_path / "none", executor="serial"),
        lambda: plan_cost(short),
    ):
        with pytest.raises(UsageError, match="full runs are too short") as caught:
            ask()
        assert "steps = 9" in str(caught.value)
        assert not (tmp_path / "none").exists()
    fits = ("linear()", "cosine()")
    found = choose(short, directory=tmp_path, executor="serial", schedules=fits, budget=4)
    assert found.decision.schedule in fits
    shortest = ProblemSource.of(tiny_problem.__file__, arguments={"steps": SHORTEST})
    assert plan_cost(shortest).horizon == SHORTEST


def test_a_problem_that_raises_in_training_is_told(tmp_path: Path) -> None:
    """The user's own error arrives with its type and its line."""
    broken = tmp_path / "broken.py"
    told = "CALLS.append(1)\n        CALLS[len(CALLS) // 9 * 99]"
    text = Path(tiny_problem.__file__).read_text().replace("TRAINED,", "CALLS = []\nTRAINED,", 1)
    broken.write_text(text.replace('return {"val_loss"', f'{told}\n        return {{"val_loss"'))
    with pytest.raises(ProblemError, match="IndexError"):
        choose(ProblemSource.of(str(broken)), directory=tmp_path / "study", executor="serial")


def candidate(text: str, peak_lr: float) -> Candidate:
    return Candidate(Plan.of(parse(text)), peak_lr)


def test_compare_tells_a_clear_difference(tmp_path: Path) -> None:
    """A peak lr a hundred times too small loses, with an interval that excludes zero."""
    good, bad = candidate("linear()", 0.1), candidate("linear()", 0.001)
    seen = compare(SOURCE, good, bad, directory=tmp_path, pairs=4, executor="serial")
    assert seen.verdict == "a"
    assert seen.gain_of_a is not None
    assert seen.gain_of_a.low > 0
    turned = compare(SOURCE, bad, good, directory=tmp_path, pairs=4, executor="serial")
    assert turned.verdict == "b"


def test_a_fresh_comparison_forgets_only_what_compare_trained(tmp_path: Path) -> None:
    """What `choose` left in the directory that they share is not compare's to delete."""
    pair = (candidate("linear()", 0.1), candidate("linear()", 0.001))

    def again(directory: Path) -> float:
        compare(SOURCE, *pair, directory=directory, pairs=2, executor="serial", fresh=True)
        return (directory / "study.sqlite").stat().st_mtime_ns

    alone, shared = tmp_path / "alone", tmp_path / "shared"
    assert again(alone) < again(alone)
    study = serial(shared, budget=0.3)
    before = {path: path.read_bytes() for path in shared.glob("*") if path.is_file()}
    with pytest.raises(StudyError, match="lehr choose") as caught:
        again(shared)
    assert f"--directory {shared}-compare" in str(caught.value)
    assert {path: path.read_bytes() for path in before} == before
    (shared / "decision.json").unlink()
    with pytest.raises(StudyError, match="lehr choose"):
        again(shared)
    assert read_study(shared) == study
    serial(alone, budget=0.3)
    with pytest.raises(StudyError, match="lehr choose"):
        again(alone)


@pytest.mark.parametrize("seed", [-1, 2**32 - 1])
def test_a_comparison_has_seeds_that_there_are(tmp_path: Path, seed: int) -> None:
    """All of them, before anything is trained."""
    pair = (candidate("linear()", 0.1), candidate("linear()", 0.001))
    with pytest.raises(UsageError, match="seed"):
        compare(SOURCE, *pair, directory=tmp_path / "none", pairs=2, seed=seed)
    assert not (tmp_path / "none").exists()


def test_regret_is_foretold_only_of_studies_like_those_it_was_measured_on(tmp_path: Path) -> None:
    """A range of lrs or a list of schedules of one's own is another search."""
    assert serial(tmp_path / "a", budget=0.5).decision.expected_regret is not None
    for name, settings in (("b", {"lr_range": (0.01, 1.0)}), ("c", {"schedules": ("linear()",)})):
        assert serial(tmp_path / name, budget=0.5, **settings).decision.expected_regret is None


@pytest.mark.parametrize("below", ["a file", "/proc"])
def test_a_directory_that_cannot_be_is_refused(tmp_path: Path, below: str) -> None:
    """As wrong usage, not with a traceback."""
    place = Path(below) if below == "/proc" else tmp_path / below
    if below != "/proc":
        place.write_text("")
    with pytest.raises(UsageError, match="no study can be kept") as caught:
        Store.open(place / "study")
    assert "--directory" in str(caught.value)


def test_the_command_to_repeat_says_every_digit_and_who_trained() -> None:
    """Six digits of a range or a target are another study."""
    settings = Settings(budget=1 / 3, lr_range=(1.23456789e-4, 0.1), target=0.123456789, seed=1)
    assert settings.command(["digits"], executor="stacked") == (
        "lehr choose digits --budget 0.3333333333333333 --lr-range 0.000123456789 0.1 "
        "--target 0.123456789 --seed 1 --executor stacked"
    )


def test_no_plan_has_fewer_than_one_worker() -> None:
    """A negative number of workers would take negative time."""
    with pytest.raises(UsageError, match="workers"):
        plan_cost(SOURCE, workers=-3)


def test_compare_tells_no_difference_where_there_is_none(tmp_path: Path) -> None:
    """Nearly equal candidates are indistinguishable, and the advice says what would help."""
    ours, other = candidate("linear()", 0.1), candidate("cosine()", 0.1)
    seen = compare(SOURCE, ours, other, directory=tmp_path, pairs=3, executor="serial")
    assert seen.verdict == "indistinguishable"
    assert len(seen.objectives) == 3
    with pytest.raises(UsageError, match="nothing to compare"):
        compare(SOURCE, ours, ours, directory=tmp_path)
    with pytest.raises(UsageError, match="pairs"):
        compare(SOURCE, ours, other, directory=tmp_path, pairs=1)


def test_a_study_without_a_decision_has_no_record(tmp_path: Path) -> None:
    """`read_study` says what to do where there is nothing to read."""
    with pytest.raises(StudyError, match="no study"):
        read_study(tmp_path)
