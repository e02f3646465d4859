"""A declaration that is wrong says everything that is wrong with it, and what to type."""

from __future__ import annotations

import functools

import pytest
import torch
from small_problem import small_problem

from lehr.errors import ProblemError
from lehr.training import TorchProblem


def test_all_that_is_wrong_is_said_at_once():
    """Every member with an impossible value is named in one error."""
    wrong = {
        "name": "a/b",
        "model": torch.nn.Linear(2, 2),
        "optimizer": lambda _: None,
        "loss": lambda _: None,
        "train": None,
        "evaluate": lambda model, data: {"val_loss": model(data)},
        "steps": 0,
        "objective": "",
        "mode": "minimum",
        "target": "low",
        "accumulate": True,
        "clip_norm": -1.0,
        "precision": "fp8",
        "device": "mps",
        "evaluate_every": 2.5,
        "lr_range": (1e-1, 1e-3),
        "threads": "all",
    }
    with pytest.raises(ProblemError) as caught:
        small_problem(**wrong)
    lines = str(caught.value).splitlines()
    # a module is callable, so that mistake is found when the model is built
    said = {line.removeprefix("  got:").strip().replace("(", " ").split()[0] for line in lines[1:]}
    assert said == wrong.keys() - {"model"}
    assert f"{len(wrong) - 1} places" in lines[0]


@pytest.mark.parametrize(
    "member", ["name", "model", "optimizer", "loss", "train", "evaluate", "steps", "objective"]
)
def test_a_missing_member_is_named_with_what_to_type(member):
    """Each required member that is missing is named, with an example of it."""
    given = {"mode": "min"} | {
        name: getattr(small_problem(), name)
        for name in (
            "name",
            "model",
            "optimizer",
            "loss",
            "train",
            "evaluate",
            "steps",
            "objective",
        )
        if name != member
    }
    with pytest.raises(ProblemError) as caught:
        TorchProblem(**given)
    assert f"{member} is missing" in str(caught.value)
    assert f"{member}=" in caught.value.fix


def test_an_unknown_member_is_compared_with_the_known():
    """A member that is misspelt gets the nearest name."""
    with pytest.raises(ProblemError, match="declaration is wrong") as caught:
        small_problem(acumulate=2)
    assert "did you mean accumulate?" in str(caught.value)


@pytest.mark.parametrize(
    "baseline",
    [
        ("cosine(", 0.1),
        ("warmup(500) >> cosine()", 0.1),
        ("cosine()", 0.0),
        ("cosine()", "0.1"),
        "cosine()",
        ("cosine()", 0.1, 3),
    ],
)
def test_a_baseline_that_cannot_run_is_refused(baseline):
    """A schedule that does not parse or does not fit the horizon is found at the declaration."""
    with pytest.raises(ProblemError, match="declaration is wrong") as caught:
        small_problem(baseline=baseline)
    assert "baseline = " in str(caught.value)


@pytest.mark.parametrize(
    ("optimizer", "peak_lr"),
    [
        (torch.optim.SGD, 0.1),
        (torch.optim.AdamW, 1e-3),
        (torch.optim.NAdam, 2e-3),
        (torch.optim.RMSprop, 1e-2),
        (lambda model, lr: torch.optim.Adam(model[0].parameters(), lr=lr), 1e-3),
        (functools.partial(torch.optim.SGD, momentum=0.9), 0.1),
    ],
)
def test_the_default_baseline_depends_on_the_optimizer(optimizer, peak_lr):
    """SGD starts at 0.1, others where their own default is; no random number is spent on it."""
    torch.manual_seed(0)
    expected = torch.rand(())
    torch.manual_seed(0)
    assert small_problem(optimizer=optimizer).baseline == ("warmup('5%') >> cosine()", peak_lr)
    assert torch.rand(()) == expected


def test_a_declared_baseline_is_kept():
    """What the user declares is the baseline, and no model is built for it."""
    problem = small_problem(baseline=("linear()", 0.3), model=lambda: 1 / 0)
    assert problem.baseline == ("linear()", 0.3)


def test_defaults_follow_the_horizon():
    """Evaluations come twenty times a run; a short run has a baseline without warmup."""
    assert small_problem(steps=1_000).evaluate_every == 50
    assert small_problem(steps=3).evaluate_every == 1
    assert small_problem(steps=3).baseline == ("cosine()", 0.1)


def test_a_device_that_is_not_there_is_an_error_of_the_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before anything is spent, and with what to type instead of a traceback of torch's."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for device in ("cuda", "cuda:1"):
        with pytest.raises(ProblemError, match=f"no device {device}") as caught:
            small_problem(device=device).start(0)
        assert 'device="auto"' in str(caught.value)
