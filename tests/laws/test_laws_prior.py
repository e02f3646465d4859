"""A prior is data: read as it was written or refused, and moved by the runs it is updated with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lehr import cosine, linear, warmup, wsd
from lehr.errors import UsageError
from lehr.files import seal
from lehr.laws import Curve, Known, Prior, fit, learn_prior
from lehr.laws.forms import Momentum, WeightNorm, shipped
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import path

HORIZON = 4_000
STEPS = np.arange(200, HORIZON + 1, 100)
SHIPPED = shipped("weight_norm")
SHAPES = (warmup(100) >> cosine(), warmup(100) >> linear(), wsd(warmup=100))


def runs(alpha: float, noise: float = 5e-4) -> list[Curve]:
    """Runs of a model that the law describes with this alpha, at two peak lrs."""
    form = WeightNorm()
    values = values_of(form, prior_of(form)[0])
    values[[p.name for p in form.parameters].index("alpha")] = alpha
    draw = np.random.default_rng(3)
    found = []
    for peak in (1e-3, 2e-3):
        for shape in SHAPES:
            lr = peak * shape.over(HORIZON).values()
            loss, _ = form.evaluate(values, path(lr, STEPS.astype(float), 0.1))
            loss = loss * (1 + noise * draw.standard_normal(len(loss)))
            found.append(Curve(steps=STEPS, loss=loss, lr=lr, weight_decay=0.1))
    return found


def test_a_prior_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every number to the last bit, and where it is from."""
    odd = {name: Known(known.start / 3, known.spread / 7) for name, known in SHIPPED.known.items()}
    prior = replace(SHIPPED, known=odd, weight=2.5, provenance=("mine: 3 runs", "größer"))

    prior.write(tmp_path / "mine.json")

    assert Prior.read(tmp_path / "mine.json") == prior
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ("[]", "no JSON object"),
        (seal({"schema_version": 1}), "it has no 'parameters'"),
        (seal({"schema_version": 2}), "schema_version 2"),
        (json.dumps({"schema_version": 1, "sha256": "0"}), "not what was written"),
    ],
)
def test_what_is_no_prior_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """The file is named, and what is wrong with it."""
    file = tmp_path / "mine.json"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match="no prior can be read from") as caught:
        Prior.read(file)

    assert words in str(caught.value)
    assert "mine.json" in str(caught.value)


def test_a_number_that_was_altered_is_refused(tmp_path: Path) -> None:
    """A digit changed by hand or by a disk is noticed."""
    file = tmp_path / "mine.json"
    SHIPPED.write(file)
    file.write_text(file.read_text().replace("0.43", "0.53"))

    with pytest.raises(UsageError, match="no prior can be read"):
        Prior.read(file)


def test_a_file_that_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    """A folder that is not there is an error of ours, with what to type."""
    with pytest.raises(UsageError, match="no prior can be read"):
        Prior.read(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot be written"):
        SHIPPED.write(tmp_path / "missing" / "mine.json")


@pytest.mark.parametrize(
    "changed",
    [
        {"known": {}},
        {"weight": 0.0},
        {"known": {"alpha": Known(0.4, 0.0)}},
        {"known": {"alpha": Known(float("nan"), 0.1)}},
    ],
)
def test_numbers_that_are_no_prior_are_refused(changed: dict[str, object]) -> None:
    """At least one parameter, spreads and the weight above 0."""
    with pytest.raises(UsageError, match="not a prior"):
        replace(SHIPPED, **changed)  # type: ignore[arg-type]


def test_a_prior_of_another_law_is_refused() -> None:
    """Of another form, with a parameter that is not there, or without one that is."""
    known = dict(SHIPPED.known)
    more = replace(SHIPPED, known=known | {"delta": Known(1.0, 1.0)})
    less = replace(SHIPPED, known={name: one for name, one in known.items() if name != "alpha"})
    below = replace(SHIPPED, known=known | {"alpha": Known(-1.0, 1.0)})

    with pytest.raises(UsageError, match="prior is of the weight_norm law"):
        SHIPPED.on(Momentum())
    for prior, word in ((more, "delta"), (less, "alpha"), (below, "alpha")):
        with pytest.raises(UsageError, match="not of this weight_norm law") as caught:
            prior.on(WeightNorm())
        assert word in str(caught.value)


def test_the_shipped_prior_says_where_it_is_from() -> None:
    """Its parameters are those the law has, and its scripts are named."""
    known = {p.name: (p.start, p.spread) for p in WeightNorm().parameters if p.spread}

    assert known == dict(SHIPPED.known)
    assert any("learn_prior.py" in line for line in SHIPPED.provenance)


def test_an_update_moves_towards_what_was_seen() -> None:
    """Past runs with another alpha move its start there, more of them more; a surprise widens."""
    start, spread = SHIPPED.known["alpha"]
    truth = 0.5

    one = learn_prior({"small": runs(truth)})
    three = learn_prior({name: runs(truth) for name in ("small", "medium", "large")})

    assert start < one.known["alpha"].start < three.known["alpha"].start < truth + 0.01
    assert one.known["alpha"].spread > spread
    assert one.known["growth"].spread < SHIPPED.known["growth"].spread  # it was as expected
    assert (one.weight, three.weight) == (SHIPPED.weight + 1, SHIPPED.weight + 3)
    assert three.provenance[-1] == f"large: 6 runs of at most {HORIZON} steps"


def test_runs_that_tell_nothing_move_nothing() -> None:
    """What the runs do not determine stays as it was."""
    form = WeightNorm()
    values = values_of(form, prior_of(form)[0])
    lr = np.full(HORIZON, 1e-3)
    at = STEPS.astype(float)
    loss = form.evaluate(values, path(lr, at, 0.1))[0]

    learned = learn_prior({"one": [Curve(steps=STEPS, loss=loss, lr=lr, weight_decay=0.1)]})

    for name, known in SHIPPED.known.items():
        assert abs(learned.known[name].start - known.start) < 0.2 * known.spread
        assert learned.known[name].spread == pytest.approx(known.spread, rel=0.1)


def test_an_updated_prior_predicts_better() -> None:
    """One run of a model like those it was learned from: its continuation is closer."""
    lr = np.full(10 * HORIZON, 1e-3)
    form = WeightNorm()
    values = values_of(form, prior_of(form)[0])
    values[2] = 0.55
    truth = form.evaluate(values, path(lr, np.array([10.0 * HORIZON]), 0.1))[0][0]
    told = runs(0.55)[:1]

    plain = fit(told).predict(lr, [10 * HORIZON])
    informed = fit(told, prior=learn_prior({"small": runs(0.55)})).predict(lr, [10 * HORIZON])

    assert abs(informed.mean[0] - truth) < abs(plain.mean[0] - truth)


def test_nothing_is_learned_from_nothing() -> None:
    """No group, an empty one, or one that overfits is refused by its name."""
    curve = runs(0.4)[0]
    rising = Curve(steps=STEPS, loss=2 + STEPS / HORIZON, lr=curve.lr)

    with pytest.raises(UsageError, match="nothing to learn from"):
        learn_prior({})
    with pytest.raises(UsageError, match="no run in small"):
        learn_prior({"small": []})
    with pytest.raises(UsageError, match="from large nothing can be learned"):
        learn_prior({"small": [curve], "large": [rising]})
