"""`lehr choose`, `compare` and `report`: what they ask of the library and what they leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import studies
from studies import study

import lehr.choose as library
from lehr.choose import Candidate, Comparison, KnownRun, StudyRecord
from lehr.choose.decision import Expected, Gain, Target
from lehr.cli.compare import read_candidate
from lehr.cli.problem import find_problem
from lehr.errors import LehrError
from lehr.training import ProblemSource

Lehr = Callable[..., Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Answer `choose` at once with a finished study; tells what was asked of it."""
    told: dict[str, Any] = {"verdict": "chosen"}

    def choose(source: ProblemSource, **arguments: Any) -> StudyRecord:
        told.update(arguments, source=source)
        arguments["progress"].stage("bracket", 100)
        arguments["directory"].mkdir(parents=True)
        return study(told["verdict"])

    monkeypatch.setattr(library, "choose", choose)
    return told


@pytest.mark.parametrize(
    ("verdict", "code"), [("chosen", 0), ("indistinguishable", 0), ("no_winner", 1)]
)
def test_the_exit_code_says_whether_there_is_a_winner(
    verdict: str, code: int, lehr: Lehr, asked: dict[str, Any]
) -> None:
    """The report goes to stdout and to a page, progress to stderr, the last line is the page."""
    asked["verdict"] = verdict
    result = lehr("choose", "digits")
    assert result.code == code
    assert result.out.splitlines()[-1] == "report: lehr-runs/digits/report.html"
    assert "scheduler.step()" in result.out
    assert result.err == "bracket: 100 steps\n"
    assert Path("lehr-runs/digits/report.html").stat().st_size > 1e6


def test_json_is_the_decision_and_nothing_else(lehr: Lehr, asked: dict[str, Any]) -> None:
    """What stdout holds can be parsed: it is what decision.json holds."""
    document = json.loads(lehr("choose", "digits", "--json").out)
    assert document["schema_version"] == 1
    assert document == json.loads(study().decision.model_dump_json())
    assert asked["directory"] == Path("lehr-runs/digits")


@pytest.mark.parametrize(
    ("verdict", "more", "code"),
    [
        ("chosen", [], 0),
        ("no_winner", [], 1),
        ("chosen", ["--json"], 0),
        ("no_winner", ["--json"], 1),
    ],
)
def test_a_reader_that_leaves_changes_no_exit_code(
    verdict: str, more: list[str], code: int, tmp_path: Path
) -> None:
    """`lehr choose … | head -1` ends as `lehr choose …` does, without a complaint."""
    script = f"""
import sys
sys.path.insert(0, {str(Path(studies.__file__).parent)!r})
import lehr.choose as library
from lehr.cli import main
from studies import study

def choose(source, **arguments):
    arguments["directory"].mkdir(parents=True)
    return study({verdict!r})

library.choose = choose
sys.exit(main(["choose", "digits", *{more!r}]))
"""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", script],
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (code, b"")


def test_every_option_reaches_the_library(lehr: Lehr, asked: dict[str, Any]) -> None:
    """What is typed is what is asked."""
    line = "choose digits --budget 3.5 --hours 2 --disk 0.5 --lr-range 1e-4 1e-1 --seed 7"
    more = "--executor serial --workers 1 --fresh --steps 50 --directory there"
    lists = ["--schedules", "linear()", "wsd()", "--refine", "floor", "warmup"]
    Path("a.csv").write_text("step,lr,loss\n0,0.2,2.0\n1,0.1,1.5\n", encoding="utf-8")
    more += " --target 0.35 --runs a.csv"
    assert lehr(*line.split(), *more.split(), *lists).code == 0
    progress, source = asked.pop("progress"), asked.pop("source")
    assert progress is not None
    assert source.arguments == (("steps", 50),)
    assert asked == {
        "verdict": "chosen",
        "budget": 3.5,
        "hours": 2.0,
        "disk": 0.5,
        "lr_range": (1e-4, 1e-1),
        "schedules": ["linear()", "wsd()"],
        "seed": 7,
        "refine": ["floor", "warmup"],
        "target": 0.35,
        "known": [KnownRun(name="a.csv", steps=2, mean_lr=pytest.approx(0.15), loss=1.5)],
        "executor": "serial",
        "workers": 1,
        "fresh": True,
        "named": ("digits", "--steps", "50"),
        "directory": Path("there"),
    }


def test_a_command_is_taken_as_it_is_typed(lehr: Lehr, asked: dict[str, Any]) -> None:
    """Everything after -- belongs to the command, options included."""
    lehr("choose", "--budget", "2", "--", "python", "train.py", "--lr", "{lr}", "--json")
    assert asked["source"] == ProblemSource.command(
        ["python", "train.py", "--lr", "{lr}", "--json"]
    )
    assert asked["budget"] == 2.0
    assert asked["directory"] == Path("lehr-runs/train")


def test_terminating_ends_like_ctrl_c(
    lehr: Lehr, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM becomes an interruption, so that workers and store are closed in order."""

    def choose(source: ProblemSource, **arguments: Any) -> StudyRecord:
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("the signal was lost")

    monkeypatch.setattr(library, "choose", choose)
    result = lehr("choose", "digits")
    assert result.code == 130
    assert "the same command goes on where it stopped" in result.err


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("digits", "digits"),
        ("my_problem.py", "my_problem"),
        ("my_problem.py:other", "my_problem-other"),
        ("package.module:problem", "module"),
        ("package.module:other", "module-other"),
    ],
)
def test_a_study_is_named_after_its_problem(
    text: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory can be told before anything is imported."""
    monkeypatch.chdir(tmp_path)
    Path("my_problem.py").touch()
    named = find_problem(text, data=Path("d"), steps=5)
    assert named.directory(None) == Path("lehr-runs") / name
    assert named.directory(Path("x")) == Path("x")
    assert dict(named.source.arguments) == {"data": "d", "steps": 5}


def test_candidates_are_read_as_they_are_written() -> None:
    """`SCHEDULE @ PEAK` is what a candidate prints."""
    text = "Plan(lr=one_cycle(), momentum=one_cycle_momentum()) @ 0.05"
    assert str(read_candidate(str(read_candidate(text)))) == str(read_candidate(text))
    with pytest.raises(LehrError, match="peak lr"):
        read_candidate("linear() @ nan")


def comparison(verdict: str) -> Comparison:
    a, b = read_candidate("linear() @ 0.1"), read_candidate("rex() @ 0.2")
    return Comparison(
        problem="digits",
        objective="val_loss",
        horizon=100,
        a=a.record,
        b=b.record,
        expected_a=Expected(mean=0.11, low=0.1, high=0.12, seeds=2),
        expected_b=None,
        gain_of_a=Gain(mean=0.04, low=0.01, high=0.07, unit="relative", pairs=2),
        verdict=verdict,
        advice="A is better on paired seeds",
        objectives={0: (0.1, 0.11), 1: (0.12, None)},
        cost_full_runs=4.0,
    )


@pytest.mark.parametrize(
    ("verdict", "said"),
    [("a", "A is better"), ("b", "B is better"), ("indistinguishable", "too close to call")],
)
def test_a_comparison_is_told_seed_by_seed(
    verdict: str, said: str, lehr: Lehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict first, then the gain with its interval and every seed."""
    told: list[object] = []

    def compare(source: ProblemSource, a: Candidate, b: Candidate, **more: Any) -> Comparison:
        told.extend([str(a), str(b), more["pairs"], more["directory"]])
        return comparison(verdict)

    monkeypatch.setattr(library, "compare", compare)
    line = ["compare", "digits", "linear() @ 0.1", "rex() @ 0.2", "--pairs", "3"]
    result = lehr(*line)
    assert told == ["linear() @ 0.1", "rex() @ 0.2", 3, Path("lehr-runs/digits")]
    assert result.code == 0
    assert result.out.splitlines()[0] == said
    assert "gain of A over B: 4% (95% interval 1% to 7%, 2 paired seeds)" in result.out
    assert "A: linear() @ 0.1\nB: rex() @ 0.2\n" in result.out
    rows = [line.split() for line in result.out.splitlines()]
    assert rows[-4:-1] == [
        ["seed", "0", "0.1", "0.11"],
        ["seed", "1", "0.12", "diverged"],
        ["to", "expect", "0.11", "unknown"],
    ]
    document = json.loads(lehr(*line, "--json").out)
    assert document == json.loads(comparison(verdict).model_dump_json())
    assert document["schema_version"] == 1


def test_a_comparison_of_steps_to_a_target_says_who_missed_it(
    lehr: Lehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gain is one of steps, and a run that missed the target is not called diverged."""
    asked: dict[str, Any] = {}
    goal = Target(metric="val_loss", mode="min", value=0.2)
    fields = {
        "target": goal,
        "objective": goal.objective,
        "objectives": {0: (60.0, 100.0), 1: (72.0, None)},
        "missed": ([], [0]),
    }

    def compare(source: ProblemSource, a: Candidate, b: Candidate, **more: Any) -> Comparison:
        asked.update(more)
        return comparison("a").model_copy(update=fields)

    monkeypatch.setattr(library, "compare", compare)
    line = ["compare", "digits", "linear() @ 0.1", "rex() @ 0.2", "--target", "0.2"]
    shown = lehr(*line).out
    assert asked["target"] == 0.2
    assert "gain of A over B: 4% fewer steps" in shown
    assert "steps to val_loss ≤ 0.2" in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["seed", "0", "60", "not", "reached"] in rows
    assert ["seed", "1", "72", "diverged"] in rows
    assert "a run that missed the target counts as 100 steps" in shown


def test_a_comparison_says_which_runs_only_had_no_finite_objective(
    lehr: Lehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was healthy and whose metric was none is not called diverged."""
    fields = {"objectives": {0: (0.1, None), 1: (0.12, None)}, "unmeasured": ([], [1])}
    seen = comparison("a").model_copy(update=fields)
    monkeypatch.setattr(library, "compare", lambda *_, **__: seen)
    shown = lehr("compare", "digits", "linear() @ 0.1", "rex() @ 0.2").out
    rows = [line.split() for line in shown.splitlines()]
    assert ["seed", "0", "0.1", "diverged"] in rows
    assert ["seed", "1", "0.12", "not", "finite"] in rows


def test_a_study_is_shown_again(lehr: Lehr, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terminal, page and JSON come from one record."""
    monkeypatch.setattr("lehr.cli.report.read_study", {Path("there"): study()}.get)
    shown = lehr("report", "there").out
    assert 'Train digits with warmup("5%") >> linear() at a peak lr of 0.1.' in shown
    assert lehr("report", "there", "--html", "r.html").out == "report: r.html\n"
    assert "<!doctype html>" in Path("r.html").read_text(encoding="utf-8")
    document = json.loads(lehr("report", "there", "--json").out)
    assert document["schema_version"] == 1
    assert document["decision"]["peak_lr"] == 0.1


TINY = """
import torch
from torch import nn
from lehr.training import TorchProblem

def problem(steps: int = 40):
    inputs = torch.linspace(-1, 1, 64).reshape(-1, 1)
    def train(generator):
        for rows in torch.randperm(64, generator=generator).split(16):
            yield inputs[rows], inputs[rows] ** 2
    def error(model):
        return {"val_loss": nn.functional.mse_loss(model(inputs), inputs**2).item()}
    return TorchProblem(
        name="tiny",
        model=lambda: nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1)),
        optimizer=lambda params, lr: torch.optim.SGD(params, lr=lr),
        loss=lambda model, batch: nn.functional.mse_loss(model(batch[0]), batch[1]),
        train=train, evaluate=error, steps=steps, objective="val_loss", mode="min",
    )
"""


def test_a_real_study_is_planned_run_resumed_and_shown(lehr: Lehr, tmp_path: Path) -> None:
    """The whole way through one small problem: the second run trains nothing."""
    (tmp_path / "tiny.py").write_text(TINY, encoding="utf-8")
    line = ["choose", "tiny.py", "--budget", "1.2", "--executor", "serial"]
    plan = json.loads(lehr(*line, "--plan", "--json").out)
    assert plan["schema_version"] == 1
    assert plan["full_runs"] <= 1.2
    assert not Path("lehr-runs").exists()
    first, second = lehr(*line, "--json"), lehr(*line, "--json")
    assert first.code == second.code == 0
    assert json.loads(first.out) == json.loads(second.out)
    assert "steps" in first.err
    assert "steps" not in second.err
    assert {path.name for path in Path("lehr-runs/tiny").iterdir()} >= {
        "decision.json",
        "report.html",
        "study.sqlite",
    }
    shown = lehr("report", "lehr-runs/tiny")
    assert shown.code == 0
    assert "Train tiny with" in shown.out
