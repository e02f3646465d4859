"""`lehr learn-prior`, and what `forecast` and `design` take without being told: a law, a decay."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lehr import cosine, warmup, wsd
from lehr.laws import Prior
from lehr.laws.forms import Momentum, WeightNorm, shipped
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import path

Lehr = Callable[..., Any]
HORIZON = 3_000
STEPS = np.arange(100, HORIZON, 100)
SHAPES = {"cosine": warmup(50) >> cosine(), "wsd": wsd(warmup=50)}
ASKED = ("--schedule", "linear()", "--horizon", "6000", "--peak-lr", "1e-3")


def logged(folder: Path, alpha: float | None = None, decay: str = "") -> list[str]:
    """Two runs as the weight-norm law would have them, a folder of their own."""
    form = WeightNorm()
    values = values_of(form, prior_of(form)[0])
    values[2] = values[2] if alpha is None else alpha
    folder.mkdir()
    for name, shape in SHAPES.items():
        lr = 1e-3 * shape.over(HORIZON).values()
        loss, _ = form.evaluate(values, path(lr, STEPS.astype(float), 0.1))
        rows = zip(STEPS.tolist(), lr[STEPS].tolist(), loss.tolist(), strict=True)
        lines = ["step,lr,loss,weight_decay", f"0,{float(lr[0])!r},,{decay}"]
        lines += [f"{step},{rate!r},{value!r},{decay}" for step, rate, value in rows]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return [f"{folder.name}/{name}.csv" for name in SHAPES]


def test_a_prior_is_learned_and_used(lehr: Lehr, tmp_path: Path) -> None:
    """From a folder a group to a file, which changes what is forecast."""
    logs = logged(tmp_path / "next", decay="0.1")
    for name, alpha in (("small", 0.6), ("medium", 0.61)):
        logged(tmp_path / name, alpha, decay="0.1")

    learned = lehr("learn-prior", "small", "medium", "--to", "mine.json")
    plain = json.loads(lehr("forecast", *logs, *ASKED, "--json").out)
    informed = json.loads(lehr("forecast", *logs, *ASKED, "--prior", "mine.json", "--json").out)
    designed = lehr("design", *logs, "--horizon", "4000", "--prior", "mine.json")

    assert (learned.code, learned.err) == (0, "")
    assert "small: 2 runs of at most 2900 steps" in learned.out
    assert learned.out.endswith("prior: mine.json\n")
    prior = Prior.read(tmp_path / "mine.json")
    assert prior.known["alpha"].start > shipped("weight_norm").known["alpha"].start
    assert informed["parameters"]["alpha"] != plain["parameters"]["alpha"]
    assert designed.code == 0


def test_a_prior_is_updated_further(lehr: Lehr, tmp_path: Path) -> None:
    """What was learned before weighs in, under its own file's name if so asked."""
    for name in ("small", "medium"):
        logged(tmp_path / name, decay="0.1")

    lehr("learn-prior", "small", "--to", "mine.json")
    again = lehr("learn-prior", "medium", "--prior", "mine.json", "--to", "mine.json", "--json")

    document = json.loads(again.out)
    assert document["weight"] == 3
    assert [line.split(":")[0] for line in document["provenance"][-2:]] == ["small", "medium"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("learn-prior empty --to mine.json", "no log in this folder"),
        ("learn-prior none --to mine.json", "there is no such log"),
        ("learn-prior small other/small --to mine.json", "two groups have one name"),
        ("learn-prior small --to missing/mine.json", "cannot be written"),
        ("learn-prior small --law momentum --to mine.json", "momentum law has no prior"),
        ("design small/wsd.csv --horizon 4000 --prior none.json", "no prior can be read"),
        ("design small/wsd.csv --horizon 4000 --prior small/wsd.csv", "no prior can be read"),
        ("design small/wsd.csv --horizon 4000 --prior p.json --law momentum", "is of the weight"),
    ],
)
def test_what_cannot_be_learned_says_why(lehr: Lehr, tmp_path: Path, line: str, words: str) -> None:
    """Wrong input is exit code 2, one clear error, and no file."""
    logged(tmp_path / "small")
    (tmp_path / "other").mkdir()
    logged(tmp_path / "other" / "small")
    (tmp_path / "empty").mkdir()
    shipped("weight_norm").write(tmp_path / "p.json")

    result = lehr(*line.split())

    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert not (tmp_path / "mine.json").exists()


def test_the_law_is_chosen_by_what_it_predicts(lehr: Lehr, tmp_path: Path) -> None:
    """The answer names the law that was taken, and what each law missed."""
    logs = logged(tmp_path / "runs", decay="0.1")

    result = lehr("forecast", *logs, *ASKED, "--law", "auto")
    document = json.loads(lehr("forecast", *logs, *ASKED, "--law", "auto", "--json").out)
    design = lehr("design", *logs, "--horizon", "4000", "--law", "auto")

    for out in (result.out, design.out):
        assert "The weight_norm law was taken by what it predicts" in out
        assert Momentum().name in out
    assert document["law"] == "weight_norm"
    assert min(document["left_out"], key=document["left_out"].get) == "weight_norm"


def test_where_no_law_predicts_it_is_said(lehr: Lehr, tmp_path: Path) -> None:
    """Runs that have nothing to do with each other."""
    for name, level in (("a", 2.0), ("b", 2.2), ("c", 2.5)):
        rows = [f"{step},1e-3,{level + step**-0.5:.5f}" for step in STEPS.tolist()]
        (tmp_path / f"{name}.csv").write_text("\n".join(["step,lr,loss", *rows]))

    result = lehr("forecast", "a.csv", "b.csv", "c.csv", *ASKED, "--law", "auto")

    assert "The law does not hold for these runs. No law predicts what is left out" in result.out


def test_a_weight_decay_is_read_or_said_to_be_assumed(lehr: Lehr, tmp_path: Path) -> None:
    """What was logged is taken, what was typed before that; else 0, and every answer says so."""
    told, silent = (logged(tmp_path / name, decay=d) for name, d in (("told", "0.1"), ("no", "")))
    words = "A weight decay of 0 was assumed"

    def document(logs: list[str], *more: str) -> dict[str, Any]:
        return json.loads(lehr("forecast", *logs, *ASKED, *more, "--json").out)

    assert words not in lehr("forecast", *told, *ASKED).out
    assert words in lehr("forecast", *silent, *ASKED).out
    assert words in lehr("design", *silent, "--horizon", "4000").out
    assert words not in lehr("forecast", *silent, *ASKED, "--law", "momentum").out
    assert words not in lehr("forecast", *silent, *ASKED, "--weight-decay", "0").out
    assert document(told)["weight_decay"] == 0.1
    assert document(told, "--weight-decay", "0.2")["weight_decay"] == 0.2
    assert document(silent)["weight_decay_assumed"] is True
    assert document(silent, "--weight-decay", "0")["weight_decay_assumed"] is False


def test_logs_of_several_weight_decays_say_which_is_taken(lehr: Lehr, tmp_path: Path) -> None:
    """The first log's; and how many logs say none."""
    told, more, silent = (
        logged(tmp_path / name, alpha, decay=decay)[0]
        for name, alpha, decay in (("a", 0.43, "0.1"), ("b", 0.44, "0.5"), ("c", 0.45, ""))
    )

    differ = lehr("forecast", told, more, *ASKED)
    some = lehr("forecast", told, silent, *ASKED)
    document = json.loads(lehr("forecast", told, silent, *ASKED, "--json").out)

    assert "The runs had weight decays from 0.1 to 0.5. What is expected is of 0.1" in differ.out
    assert "assumed" not in differ.out
    assert "weight decays from" not in lehr("forecast", told, more, *ASKED, "--law", "momentum").out
    assert "1 of 2 logs (cosine.csv) do not say it" in some.out
    assert "What is expected is of 0.1" in some.out
    assert document["weight_decay_assumed"] is True
    assert [run["weight_decay"] for run in document["runs"]] == [0.1, None]


def test_a_prior_says_which_weight_decay_was_assumed(lehr: Lehr, tmp_path: Path) -> None:
    """As a forecast does, and by the group."""
    logged(tmp_path / "silent")
    logged(tmp_path / "told", alpha=0.44, decay="0.1")

    text = lehr("learn-prior", "silent", "told", "--to", "mine.json")
    document = json.loads(lehr("learn-prior", "silent", "told", "--to", "o.json", "--json").out)

    assert "silent: A weight decay of 0 was assumed. No log says it" in text.out
    assert "told: A weight decay" not in text.out
    assert document["weight_decay_assumed"] == ["silent"]


def test_nothing_is_learned_from_a_group_twice(lehr: Lehr, tmp_path: Path) -> None:
    """The prior names what it was learned from, and stays as it was."""
    logged(tmp_path / "small", decay="0.1")
    lehr("learn-prior", "small", "--to", "mine.json")
    before = (tmp_path / "mine.json").read_bytes()

    again = lehr("learn-prior", "small", "--prior", "mine.json", "--to", "mine.json")

    assert (again.code, again.out) == (2, "")
    assert "learned from this group already" in again.err
    assert (tmp_path / "mine.json").read_bytes() == before


def test_a_weight_decay_that_changes_is_refused(lehr: Lehr, tmp_path: Path) -> None:
    """A law knows one number; which, is for the user to say."""
    (only, _) = logged(tmp_path / "runs", decay="0.1")
    log = tmp_path / only
    log.write_text(log.read_text().replace(",0.1\n", ",0.2\n", 5))

    result = lehr("forecast", only, *ASKED)

    assert result.code == 2
    assert "the weight decay of cosine.csv changes" in result.err
    assert lehr("forecast", only, *ASKED, "--weight-decay", "0.1").code == 0


def test_a_prior_is_not_written_over_a_log(lehr: Lehr, tmp_path: Path) -> None:
    """Nor as a file that would be taken for a log; a run of two groups counts once."""
    logs = logged(tmp_path / "small")
    file = tmp_path / logs[0]
    before = file.read_bytes()

    for place in (str(file), "small/new.csv"):
        refused = lehr("learn-prior", "small", "--to", place)
        assert (refused.code, refused.out) == (2, "")
        assert "--to mine.json" in refused.err
    twice = lehr("learn-prior", "small", logs[0], "--to", "mine.json")

    assert file.read_bytes() == before
    assert "a log is named twice" in twice.err
    assert lehr("learn-prior", "small", "--to", "small/mine.json").code == 0
