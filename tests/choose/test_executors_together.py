"""Executors train what they are given, all alike, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from lehr.choose.checkpoints import Checkpoints
from lehr.choose.executors import Executor, ProcessesExecutor, SerialExecutor, open_executor
from lehr.choose.segment import Segment, SegmentResult
from lehr.errors import CheckpointError, ProblemError, StudyError, UsageError
from lehr.schedule import Plan, constant, cosine, linear
from lehr.training import ProblemSource

TORCH = """
import torch
from lehr.training import TorchProblem

def problem():
    inputs = torch.linspace(-1, 1, 48).reshape(16, 3)
    targets = inputs.sum(1, keepdim=True).sin()

    def batches(generator):
        for rows in torch.randperm(16, generator=generator).split(4):
            yield inputs[rows], targets[rows]

    return TorchProblem(
        name="tiny",
        model=lambda: torch.nn.Sequential(
            torch.nn.Linear(3, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.3),
            torch.nn.Linear(8, 1),
        ),
        optimizer=lambda params, lr: torch.optim.AdamW(params, lr=lr),
        loss=lambda model, batch: (model(batch[0]) - batch[1]).square().mean(),
        train=batches,
        evaluate=lambda model: {"val_loss": (model(inputs) - targets).square().mean().item()},
        steps=12, objective="val_loss", mode="min", threads=1,
    )
"""

PLAIN = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
import numpy as np
from lehr.training import checkpoint

class Run:
    def __init__(self, problem, seed):
        self.problem, self.seed, self.step, self.weight, self.loaded = problem, seed, 0, 2.0, 0.0

    def advance(self, multipliers, peak_lr):
        self.problem.misbehave()
        losses = []
        for factor in multipliers.values["lr"]:
            noise = np.random.default_rng([self.seed, self.step]).normal()
            losses.append(self.weight**2)
            self.weight -= peak_lr * factor * (2 * self.weight + noise)
            self.step += 1
        return np.array(losses)

    def evaluate(self):
        return {"val_loss": self.weight**2, "loaded": self.loaded}

    def save(self, directory):
        state = [self.seed, self.step, self.weight]
        checkpoint.write(directory, {"state.json": json.dumps(state).encode()})

    def load(self, directory):
        state = json.loads(checkpoint.read(directory)["state.json"])
        self.seed, self.step, self.weight = state
        self.loaded = 1.0

class Problem:
    name, steps, objective, mode, evaluate_every = "plain", 12, "val_loss", "min", 6
    baseline, lr_range, threads, forkable = ("constant()", 0.1), None, 1, True

    def __init__(self, way, folder):
        self.way, self.folder = way, Path(folder)

    def start(self, seed):
        return Run(self, seed)

    def misbehave(self):
        if self.way == "speak":
            print("hello")
        if self.way == "tell":
            (self.folder / "pid").write_text(str(os.getpid()))
        if self.way == "raise":
            raise KeyError("a word of mine")
        if self.way == "leave":
            sys.exit(5)
        if self.way == "die" or self.way == "die once" and not (self.folder / "died").exists():
            (self.folder / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.way == "sleep":
            child = subprocess.Popen(["sleep", "600"])
            (self.folder / "new").write_text(f"{os.getpid()} {child.pid}")
            (self.folder / "new").rename(self.folder / "pids")
            time.sleep(600)

def problem(way, folder):
    return Problem(way, folder)
"""


def stretch(
    key: str, parent: str | None = None, *, plan: Plan | None = None, seed: int = 0, lr: float = 0.1
) -> Segment:
    """The steps 0 to 6 without a parent, 6 to 12 with one."""
    start, stop = (0, 6) if parent is None else (6, 12)
    return Segment(
        key=key,
        parent=parent,
        seed=seed,
        peak_lr=lr,
        start=start,
        stop=stop,
        multipliers=(plan or Plan(lr=cosine())).over(12).multipliers(start, stop),
        evaluate_at=(start + 3, stop),
        save=True,
        history=np.full(start, 9.0),
    )


def train(executor: Executor, *segments: Segment) -> dict[str, SegmentResult]:
    for segment in segments:
        executor.submit(segment)
    return {one.key: one for one in (executor.collect() for _ in segments)}


def bits(results: dict[str, SegmentResult]) -> dict[str, tuple[object, ...]]:
    return {
        key: (one.losses.tobytes(), one.metrics, one.diverged_at, one.saved)
        for key, one in sorted(results.items())
    }


Make = Callable[..., Executor]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Executors of the plain problem, closed at the end."""
    (tmp_path / "plain.py").write_text(PLAIN)
    with ExitStack() as stack:

        def made(kind: str = "processes", way: str = "", workers: int | None = None) -> Executor:
            source = ProblemSource.of(
                str(tmp_path / "plain.py"), {"way": way, "folder": str(tmp_path)}
            )
            if kind == "processes":
                workers = workers or 1
            executor = open_executor(
                kind,
                source,
                problem=source.load(),
                checkpoints=tmp_path / "checkpoints",
                workers=workers,
            )
            return stack.enter_context(executor)

        yield made


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    # What nobody has waited for yet is dead all the same.
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.02)


def test_serial_and_processes_give_the_same_bits(tmp_path: Path) -> None:
    """Losses and metrics do not depend on the executor, on live runs or on loaded checkpoints."""
    (tmp_path / "tiny.py").write_text(TORCH)
    source = ProblemSource.of(str(tmp_path / "tiny.py"))
    first = stretch("a"), stretch("x", seed=1, lr=0.03)
    then = (
        stretch("b", "a"),
        stretch("c", "a", plan=Plan(lr=linear())),
        stretch("y", "x", seed=1, lr=0.03),
    )
    with ProcessesExecutor(source, Checkpoints(tmp_path / "one"), workers=2) as executor:
        in_processes = bits({**train(executor, *first), **train(executor, *then)})
    problem = source.load()
    with SerialExecutor(problem, Checkpoints(tmp_path / "two")) as executor:
        continued = bits({**train(executor, *first), **train(executor, *reversed(then))})
    resumed: dict[str, tuple[object, ...]] = {}
    for segment in (*first, *then):
        with SerialExecutor(problem, Checkpoints(tmp_path / "three")) as executor:
            resumed |= bits(train(executor, segment))
    assert in_processes == continued
    assert resumed == continued
    assert len({str(gave) for gave in continued.values()}) == 5


def test_a_child_goes_where_its_parent_was_trained(make: Make) -> None:
    """A run is continued where it stands; only its forks load the checkpoint."""
    for kind, workers in (("serial", None), ("processes", 2)):
        executor = make(kind, workers=workers)
        train(executor, stretch(f"{kind}-a"))
        train(executor, stretch(f"{kind}-x", seed=1))
        if kind == "serial":
            train(executor, stretch(f"{kind}-a"))
        executor.submit(stretch(f"{kind}-b", f"{kind}-a"))
        executor.submit(stretch(f"{kind}-y", f"{kind}-x", seed=1))
        gave = {one.key[-1]: one for one in (executor.collect(), executor.collect())}
        assert gave["b"].metrics[-1][1]["loaded"] == 0.0
        assert gave["y"].metrics[-1][1]["loaded"] == (kind == "serial")
        (again,) = train(executor, stretch(f"{kind}-c", f"{kind}-a")).values()
        assert again.metrics[-1][1]["loaded"] == 1.0


def test_a_diverged_segment_leaves_no_checkpoint(make: Make) -> None:
    """A run that blew up is reported as such, and is not continued."""
    executor = make("serial")
    with np.errstate(over="ignore", invalid="ignore"):
        (gave,) = train(executor, stretch("a", plan=Plan(lr=constant()), lr=1e80)).values()
    assert gave.diverged_at is not None
    assert len(gave.losses) == gave.diverged_at + 1
    assert not gave.saved
    with pytest.raises(CheckpointError):
        train(executor, stretch("b", "a"))


@pytest.mark.parametrize("kind", ["serial", "processes"])
def test_the_problem_cannot_write_to_stdout(
    kind: str, make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    """Stdout belongs to the command line; what a problem prints is still to be seen."""
    with make(kind, "speak") as executor:
        train(executor, stretch("a"))
    out, err = capfd.readouterr()
    assert out == ""
    assert "hello" in err


@pytest.mark.parametrize("kind", ["serial", "processes"])
@pytest.mark.parametrize(
    ("way", "shown"), [("raise", "KeyError: 'a word of mine'"), ("leave", "SystemExit: 5")]
)
def test_an_error_of_the_problem_comes_back(kind: str, way: str, shown: str, make: Make) -> None:
    """The user sees what their code raised, where, and in which run; others are not lost."""
    executor = make(kind, way)
    executor.submit(stretch("a", lr=0.25))
    executor.submit(stretch("b", lr=0.5))
    told = []
    for _ in range(2):
        with pytest.raises(ProblemError) as caught:
            executor.collect()
        told.append(str(caught.value))
    assert all(shown in text and "plain.py" in text and "misbehave" in text for text in told)
    assert "peak lr 0.25, seed 0" in told[0]
    assert "peak lr 0.5, seed 0" in told[1]
    with pytest.raises(StudyError, match="nothing to collect"):
        executor.collect()


@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_a_checkpoint_that_cannot_be_loaded_is_removed(
    harm: str, make: Make, tmp_path: Path
) -> None:
    """After the error the steps before are known to be missing, and are trained again."""
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    whole = bits({**train(make("serial"), stretch("a"), stretch("b", "a"))})
    checkpoints.evict("b")
    if harm == "missing":
        checkpoints.evict("a")
    else:
        state = checkpoints.path("a") / "state.json"
        content = state.read_bytes()
        state.write_bytes(bytes([*content[:-2], content[-2] ^ 1, content[-1]]))
    executor = make("serial")
    with pytest.raises(CheckpointError, match="trained again"):
        train(executor, stretch("b", "a"))
    assert checkpoints.keys() == set()
    again = train(executor, stretch("a"), stretch("b", "a"))
    assert [one.losses.tobytes() for one in again.values()] == [gave[0] for gave in whole.values()]


def test_a_killed_process_is_replaced_once(make: Make) -> None:
    """A worker that the system killed costs time, not the study; the result is the same."""
    unharmed = bits(train(make("serial"), stretch("a")))
    assert bits(train(make(way="die once"), stretch("a"))) == unharmed


def test_a_segment_that_kills_its_process_is_given_up(make: Make) -> None:
    """A problem that cannot be trained without dying ends in an error that says how it died."""
    executor = make(way="die")
    with pytest.raises(ProblemError, match="died 2 times") as caught:
        train(executor, stretch("a"))
    assert "SIGKILL" in str(caught.value)
    assert "memory" in str(caught.value)


def test_a_worker_killed_while_idle_is_replaced(make: Make, tmp_path: Path) -> None:
    """The run that it held is loaded from its checkpoint instead."""
    executor = make(way="tell")
    train(executor, stretch("a"))
    worker = int((tmp_path / "pid").read_text())
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not alive(worker))
    (gave,) = train(executor, stretch("b", "a")).values()
    assert gave.metrics[-1][1]["loaded"] == 1.0


def test_a_problem_changed_meanwhile_is_not_trained(make: Make, tmp_path: Path) -> None:
    """No worker trains another problem than the one that the study began with."""
    executor = make()
    (tmp_path / "plain.py").write_text(PLAIN + "\n# changed\n")
    with pytest.raises(ProblemError, match="changed while"):
        train(executor, stretch("a"))


def test_closing_ends_all_at_once(make: Make, tmp_path: Path) -> None:
    """Whatever is being trained, and whatever it has started, is gone."""
    executor = make(way="sleep")
    executor.submit(stretch("a"))
    wait_until((tmp_path / "pids").exists)
    executor.close()
    worker, child = map(int, (tmp_path / "pids").read_text().split())
    wait_until(lambda: not alive(worker) and not alive(child))
    executor.close()


# No main guard: a worker must not run its driver's script.
DRIVER = """
import sys
from pathlib import Path
from lehr.choose.checkpoints import Checkpoints
from lehr.choose.executors import ProcessesExecutor
from lehr.choose.segment import Segment
from lehr.schedule import Plan, constant
from lehr.training import ProblemSource

print("begun", flush=True)
folder = Path(sys.argv[1])
source = ProblemSource.of(str(folder / "plain.py"), {"way": "sleep", "folder": str(folder)})
with ProcessesExecutor(source, Checkpoints(folder / "checkpoints"), workers=1) as executor:
    executor.submit(Segment(
        key="a", parent=None, seed=0, peak_lr=0.1, start=0, stop=6,
        multipliers=Plan(lr=constant()).over(12).multipliers(0, 6), evaluate_at=(), save=False,
    ))
    executor.collect()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_its_driver(how: signal.Signals, tmp_path: Path) -> None:
    """However the driver ends, its workers end, with what they started; Ctrl-C is the driver's."""
    (tmp_path / "plain.py").write_text(PLAIN)
    (tmp_path / "driver.py").write_text(DRIVER)
    driver = subprocess.Popen(
        [sys.executable, tmp_path / "driver.py", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: (tmp_path / "pids").exists() or driver.poll() is not None)
    os.killpg(driver.pid, how)
    out, err = driver.communicate()
    assert out == "begun\n"
    assert err.count("KeyboardInterrupt") == (1 if how is signal.SIGINT else 0)
    worker, child = map(int, (tmp_path / "pids").read_text().split())
    wait_until(lambda: not alive(worker) and not alive(child))
    assert driver.returncode == -how


def test_impossible_executors_are_refused(make: Make) -> None:
    """The error names the executors there are, and what to type."""
    with pytest.raises(UsageError, match="did you mean processes"):
        make("proceses")
    with pytest.raises(UsageError, match="one worker"):
        make("serial", workers=2)
    with pytest.raises(UsageError, match="at least one"):
        make("processes", workers=-1)
