"""`lehr check`, `forecast` and `design` on every format of log, files and folders."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch.utils.tensorboard import SummaryWriter

from lehr import cosine, warmup
from lehr.laws import FORMS
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import path

Lehr = Callable[..., Any]
SAMPLES = Path(__file__).parent.parent / "logs" / "samples"
HORIZON = 2_000
STEPS = np.arange(20, HORIZON, 20)


def run() -> tuple[list[float], list[float]]:
    """The lrs of a cosine run, and the losses that the weight-norm law gives it."""
    form = FORMS[-1]
    lr = 1e-3 * (warmup(50) >> cosine()).over(HORIZON).values()
    loss, _ = form.evaluate(
        values_of(form, prior_of(form)[0]), path(lr, STEPS.astype(float), weight_decay=0.1)
    )
    return lr[STEPS].tolist(), loss.tolist()


def sparse_csv(folder: Path) -> str:
    """Lightning's: an lr and a loss of one step in two rows, no loss at most lrs."""
    (folder / "version_0").mkdir()
    lines = ["epoch,lr-AdamW,step,train_loss_step,val_loss"]
    for place, (step, lr, loss) in enumerate(zip(STEPS, *run(), strict=True)):
        lines += [f",{lr},{step},,", *([f"0,,{step},{loss}," for _ in range(place % 2)])]
    (folder / "version_0" / "metrics.csv").write_text("\n".join(lines))
    return "version_0"


def trainer_state(folder: Path) -> str:
    rows = [
        {"step": int(step), "learning_rate": lr, "loss": loss}
        for step, lr, loss in zip(STEPS, *run(), strict=True)
    ]
    (folder / "output" / "checkpoint-2000").mkdir(parents=True)
    state = {"max_steps": HORIZON, "log_history": rows}
    (folder / "output" / "checkpoint-2000" / "trainer_state.json").write_text(json.dumps(state))
    return "output"


def events(folder: Path) -> str:
    with SummaryWriter(folder / "runs") as writer:
        for step, lr, loss in zip(STEPS.tolist(), *run(), strict=True):
            writer.add_scalar("optim/lr", lr, step)
            writer.add_scalar("Loss/train", loss, step + 1)  # at steps of its own
    return "runs"


def mlflow_folder(folder: Path) -> str:
    (folder / "mlruns" / "0" / "abc" / "metrics" / "train").mkdir(parents=True)
    (folder / "mlruns" / "0" / "abc" / "meta.yaml").touch()
    for name, values in zip(("lr", "train/loss"), run(), strict=True):
        lines = [f"9 {value} {step}" for step, value in zip(STEPS, values, strict=True)]
        file = folder / "mlruns" / "0" / "abc" / "metrics" / name
        file.write_text("\n".join(lines))
    return "mlruns/0/abc"


def mlflow_database(folder: Path) -> str:
    rows = [
        (name, value, place, "cosine" * 2, int(step), 0)
        for name, values in zip(("lr", "train/loss"), run(), strict=True)
        for place, (step, value) in enumerate(zip(STEPS, values, strict=True))
    ]
    with closing(sqlite3.connect(folder / "mlflow.db")) as store:
        store.executescript((SAMPLES / "mlflow" / "mlflow.sql").read_text(encoding="utf-8"))
        store.execute(
            "INSERT INTO runs (run_uuid, name, lifecycle_stage) VALUES (?, 'mine', 'active')",
            ("cosine" * 2,),
        )
        store.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
        store.commit()
    return "mlflow.db::mine"


def mlflow_export(folder: Path) -> str:
    lines = ["run_id,key,value,step,timestamp"]
    for name, values in zip(("lr", "train/loss"), run(), strict=True):
        lines += [f"r,{name},{value},{step},9" for step, value in zip(STEPS, values, strict=True)]
    (folder / "metrics.csv").write_text("\n".join(lines))
    return "metrics.csv"


def wandb_chart(folder: Path) -> str:
    names = [f"{of} - {name}" for of in ("my run", "b") for name in ("train/loss", "train/lr")]
    lines = [["Step", *(f"{name}{end}" for name in names for end in ("", "__MIN", "__MAX"))]]
    for step, lr, loss in zip(STEPS, *run(), strict=True):
        lines.append([str(step), *[str(loss)] * 3, *[str(lr)] * 3, *["9"] * 6])
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    (folder / "chart.csv").write_text(text)
    return "chart.csv::my run"


def trackio(folder: Path) -> str:
    lines = [
        (1_000 + place, "mine", "", "mine", int(step), json.dumps({"lr": lr, "train/loss": loss}))
        for place, (step, lr, loss) in enumerate(zip(STEPS, *run(), strict=True))
    ]
    with closing(sqlite3.connect(folder / "project.db")) as project:
        project.executescript((SAMPLES / "trackio.sql").read_text(encoding="utf-8"))
        project.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)", lines)
        project.commit()
    return "project.db::mine"


def history(folder: Path) -> str:
    rows = [
        {"_step": place, "train/global_step": int(step), "train/learning_rate": lr, "loss": loss}
        for place, (step, lr, loss) in enumerate(zip(STEPS, *run(), strict=True))
    ]
    (folder / "history.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return "history.jsonl"


FORMATS = (
    *(sparse_csv, trainer_state, events, mlflow_folder, mlflow_database),
    *(mlflow_export, trackio, wandb_chart, history),
)


@pytest.mark.parametrize("write", FORMATS, ids=lambda write: write.__name__)
def test_every_format_is_checked(write: Callable[[Path], str], lehr: Lehr, tmp_path: Path) -> None:
    """Its peak lr is seen in all of them, and nothing that is not there."""
    log = write(tmp_path)
    calm = lehr("check", log, "--stable-lr", "2e-3")
    high = lehr("check", log, "--stable-lr", "5e-4", "--json")
    assert (calm.code, calm.err, high.code, high.err) == (0, "", 1, "")
    assert f"{len(STEPS)} rows of {log}" in calm.out
    assert [found["code"] for found in json.loads(high.out)["findings"]] == ["LR050"]


@pytest.mark.parametrize("write", FORMATS, ids=lambda write: write.__name__)
def test_every_format_is_forecast(write: Callable[[Path], str], lehr: Lehr, tmp_path: Path) -> None:
    """The law that wrote the losses finds its own end again, whatever they were written in."""
    log = write(tmp_path)
    asked = ("--schedule", "warmup(50) >> cosine()", "--horizon", str(HORIZON))
    result = lehr("forecast", log, *asked, "--peak-lr", "1e-3", "--weight-decay", "0.1", "--json")
    assert (result.code, result.err) == (0, "")
    (found,) = json.loads(result.out)["forecasts"]
    assert found["mean"][-1] == pytest.approx(run()[1][-1], rel=0.01)


def test_a_design_takes_them_together(lehr: Lehr, tmp_path: Path) -> None:
    """Runs may come from several trackers."""
    logs = [trainer_state(tmp_path), events(tmp_path)]
    result = lehr("design", *logs, "--horizon", "4000", "--weight-decay", "0.1", "--json")
    assert (result.code, result.err) == (0, "")


def test_evaluations_may_be_forecast(lehr: Lehr, tmp_path: Path) -> None:
    """Their rows hold no lr; a run without a name for its loss is told its columns."""
    lrs, losses = run()
    rows: list[dict[str, float]] = []
    for step, lr, loss in zip(STEPS.tolist(), lrs, losses, strict=True):
        rows += [{"step": step, "learning_rate": lr}, {"step": step, "eval_loss": loss}]
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": rows}))
    asked = ("forecast", "trainer_state.json", "--schedule", "linear()", "--horizon", "2000")
    unnamed = lehr(*asked, "--peak-lr", "1e-3")
    assert unnamed.code == 2
    assert "columns: " in unnamed.err
    assert "eval_loss" in unnamed.err
    named = lehr(*asked, "--peak-lr", "1e-3", "--loss-column", "eval_loss")
    assert (named.code, named.err) == (0, "")


@pytest.mark.parametrize(
    ("beside", "fix"),
    [("eval_loss", "--loss-column eval_loss"), ("memory", "log the loss beside it")],
)
def test_an_accuracy_is_no_loss(lehr: Lehr, tmp_path: Path, beside: str, fix: str) -> None:
    """It is refused by its name, and the loss is named if there is one."""
    text = f"step,lr,{beside},eval/Accuracy\n10,0.1,3.0,0.1\n20,0.1,2.0,0.2\n"
    (tmp_path / "log.csv").write_text(text)
    asked = ("--loss-column", "eval/Accuracy", "--horizon", "2000")

    result = lehr("design", "log.csv", *asked)

    assert (result.code, result.out) == (2, "")
    assert "eval/Accuracy of log.csv is no loss" in result.err
    assert fix in result.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["check", "mlruns"], "not the folder of one run"),
        (["check", "mlflow.db"], "holds 4 runs"),
        (["check", "mlflow.db::nine"], "no run nine"),
        (["check", "offline-run"], "wandb<0.30"),
        (["check", "mlflow.db::mine", "--step-column", "step"], "leave it out"),
        (
            ["forecast", "nowhere", "--schedule", "linear()", "--horizon", "9", "--peak-lr", "1"],
            "no",
        ),
    ],
)
def test_what_cannot_be_read_says_what_to_type(
    line: list[str], said: str, lehr: Lehr, tmp_path: Path
) -> None:
    """Exit code 2 and nothing on stdout."""
    mlflow_folder(tmp_path)
    mlflow_database(tmp_path)
    shutil.copytree(SAMPLES / "wandb" / "offline-run", tmp_path / "offline-run")
    result = lehr(*line)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
