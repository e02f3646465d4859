"""Runs trained as one program are what each would have been alone, to rounding."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from small_problem import HORIZON, PLAN, TRAINS, X, Y, epoch_of_indices, small_problem
from torch import nn

from lehr.errors import StackingError, UsageError
from lehr.training.content import digest
from lehr.training.stacked import advance_together, train_stretches
from lehr.training.stretch import train_stretch

MULTIPLIERS = PLAN.over(HORIZON).multipliers()
RULES = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr=lr, weight_decay=0.01),
    "dampening": lambda p, lr: torch.optim.SGD(
        p, lr=lr, momentum=0.9, dampening=0.5, weight_decay=0.01
    ),
    "nesterov": lambda p, lr: torch.optim.SGD(
        p, lr=lr, momentum=0.9, nesterov=True, weight_decay=0.01
    ),
    "adam": lambda p, lr: torch.optim.Adam(p, lr=lr, weight_decay=0.01),
    "adamw": lambda p, lr: torch.optim.AdamW(p, lr=lr, fused=True),
    "nadam": lambda p, lr: torch.optim.NAdam(
        p, lr=lr, weight_decay=0.01, decoupled_weight_decay=True
    ),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(
        p, lr=lr, momentum=0.9, centered=True, weight_decay=0.01
    ),
}


def smooth_network():
    return nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 2)).double()


def smooth(**changes):
    """In float64, where nothing but a wrong formula is larger than 1e-9."""
    members = {
        "model": smooth_network,
        "train": lambda generator: ((x.double(), y) for x, y in epoch_of_indices(generator)),
        "evaluate": lambda model: {"val_loss": F.cross_entropy(model(X.double()), Y).item()},
    }
    return small_problem(**{**members, **changes})


def started(p, seeds):
    return [p.start(seed) for seed in seeds]


def numbers(run):
    """Give every tensor that a run keeps, by name."""
    state = run.interior(run._peak_lr).optimizer.state_dict()["state"]
    moments = {f"{i}.{k}": v for i, own in state.items() for k, v in own.items()}
    return {**run.model.state_dict(), **moments}


def assert_alike(run, other, tolerance):
    """Numbers to the tolerance; position in data, random generators and groups exactly."""
    ours, theirs = numbers(run), numbers(other)
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert ours[name].dtype == value.dtype, name
        torch.testing.assert_close(ours[name], value, rtol=tolerance, atol=tolerance)
    assert run.step == other.step
    assert run.digest_batches(3) == other.digest_batches(3)
    assert digest(run._random.state.tree()) == digest(other._random.state.tree())
    mine, other_s = (one._optimizer.state_dict()["param_groups"] for one in (run, other))
    assert mine == other_s


@pytest.mark.parametrize("seeds", [(3, 3, 3), (3, 4, 3)])
@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_torchs(rule, seeds):
    """All optimizers, in two calls, with scheduled decay, accumulation and a clipped gradient."""
    p = smooth(optimizer=RULES[rule], accumulate=2, clip_norm=0.5)
    lrs = [0.1, 0.03, 0.01]
    together, alone = started(p, seeds), started(p, seeds)
    for cut in (slice(0, 5), slice(5, 12)):
        ours = advance_together(together, [MULTIPLIERS[cut]] * 3, lrs)
        theirs = [run.advance(MULTIPLIERS[cut], lr) for run, lr in zip(alone, lrs, strict=True)]
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)
        for run, other in zip(together, alone, strict=True):
            assert_alike(run, other, 1e-9)


@pytest.mark.parametrize("train", TRAINS)
def test_batches_and_dropout_are_those_of_the_run(train):
    """Runs of a seed share batches, masks, augmentation; they go on alone from the same place."""
    together, alone = (
        started(small_problem(train=train), (3, 3)),
        started(small_problem(train=train), (3, 3)),
    )
    for cut in (slice(0, 4), slice(4, 9)):
        advance_together(together, [MULTIPLIERS[cut]] * 2, [0.1, 0.05])
        [run.advance(MULTIPLIERS[cut], lr) for run, lr in zip(alone, [0.1, 0.05], strict=True)]
    for run, other, lr in zip(together, alone, (0.1, 0.05), strict=True):
        assert_alike(run, other, 1e-5)
        np.testing.assert_allclose(
            run.advance(MULTIPLIERS[9:], lr), other.advance(MULTIPLIERS[9:], lr), rtol=1e-5
        )


def test_own_schedules_and_param_groups():
    """Each run has its own multipliers, and each group its own numbers; a still group stays."""

    def grouped(model, lr):
        still, _, _, last = model
        still.weight.requires_grad_(False)
        return torch.optim.AdamW(
            [
                {"params": [p for p in still.parameters() if p.requires_grad], "lr": lr / 10},
                {"params": last.parameters(), "betas": (0.8, 0.9)},
            ],
            lr=lr,
        )

    p = smooth(optimizer=grouped)
    own = [MULTIPLIERS, copy.copy(MULTIPLIERS)]
    own[1] = type(MULTIPLIERS)(
        values={"momentum": np.linspace(0.9, 0.7, HORIZON), "lr": np.linspace(1, 0, HORIZON)},
        absolute=frozenset({"momentum"}),
        start=0,
        horizon=HORIZON,
        plan="",
    )
    together, alone = started(p, (3, 3)), started(p, (3, 3))
    advance_together(together, own, [0.01, 0.02])
    for run, other, multipliers, lr in zip(together, alone, own, (0.01, 0.02), strict=True):
        other.advance(multipliers, lr)
        assert_alike(run, other, 1e-9)


def test_a_run_that_blows_up_disturbs_nobody():
    """It ends where it would alone, to the bit of its state; even if it drew for the others."""
    p = smooth(
        model=lambda: nn.Linear(6, 2).double(), loss=lambda model, b: model(b[0]).pow(4).mean()
    )
    lrs = [1e200, 0.01, 1e120]
    together, alone = started(p, (1, 1, 1)), started(p, (1, 1, 1))
    ours = advance_together(together, [MULTIPLIERS] * 3, lrs)
    theirs = [run.advance(MULTIPLIERS, lr) for run, lr in zip(alone, lrs, strict=True)]
    assert [len(own) for own in ours] == [len(own) for own in theirs]
    assert len(ours[0]) < HORIZON == len(ours[1])
    for run, other, tolerance in zip(together, alone, (0, 1e-9, 0), strict=True):
        assert_alike(run, other, tolerance)


def test_a_saved_run_goes_on_alone(tmp_path):
    """A checkpoint of a run that was trained with others is one like any other."""
    p = small_problem()
    together = started(p, (3, 3))
    advance_together(together, [MULTIPLIERS[:5]] * 2, [0.1, 0.05])
    together[1].save(tmp_path / "checkpoint")
    loaded = p.start(3)
    loaded.load(tmp_path / "checkpoint")
    assert loaded.evaluate() == together[1].evaluate()
    expected = together[1].advance(MULTIPLIERS[5:], 0.05)
    assert loaded.advance(MULTIPLIERS[5:], 0.05).tobytes() == expected.tobytes()


def test_stretches_end_and_are_evaluated_alike():
    """Divergence is judged by the same rule, and metrics are taken at the same steps."""
    horizon = 60
    p = smooth(
        steps=horizon,
        model=lambda: nn.Linear(6, 2).double(),
        loss=lambda model, batch: model(batch[0]).square().mean(),
        optimizer=RULES["sgd"],
    )
    own = PLAN.over(horizon).multipliers()
    lrs = [0.05, 4.0, 0.1]
    none = np.empty(0)
    ours = train_stretches(started(p, (1, 1, 2)), [own] * 3, lrs, [20, 40, 60], [none] * 3, horizon)
    for got, run, lr in zip(ours, started(p, (1, 1, 2)), lrs, strict=True):
        expected = train_stretch(run, own, lr, [20, 40, 60], none, horizon)
        assert got.diverged_at == expected.diverged_at
        np.testing.assert_allclose(got.losses, expected.losses, rtol=1e-6)
        assert [step for step, _ in got.metrics] == [step for step, _ in expected.metrics]
        for (_, a), (_, b) in zip(got.metrics, expected.metrics, strict=True):
            assert a == pytest.approx(b)
    assert [got.diverged_at is None for got in ours] == [True, False, True]


class Untraceable(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 2)

    def forward(self, x):
        y = self.layer(x)
        return y if y.sum().item() > -1e9 else -y


def hooked():
    model = smooth_network()
    model[0].register_forward_hook(lambda *_: None)
    return model


def remembering(calls=[]):  # noqa: B006 - a loss that keeps state of its own is the point
    def loss(model, batch):
        calls.append(1)
        return F.cross_entropy(model(batch[0]), batch[1]) * (1.0 + 0.1 * (len(calls) % 2))

    return loss


@pytest.mark.parametrize(
    ("changes", "seeds", "said"),
    [
        ({"optimizer": lambda p, lr: torch.optim.Adagrad(p, lr=lr)}, (1, 1), "Adagrad"),
        ({"optimizer": lambda p, lr: torch.optim.Adam(p, lr=lr, amsgrad=True)}, (1, 1), "amsgrad"),
        ({"precision": "bf16"}, (1, 1), "bf16"),
        ({"model": hooked}, (1, 1), "hook"),
        ({"model": lambda: Untraceable().double()}, (1, 1), r"\.item\(\)"),
        ({"loss": remembering()}, (1, 1), "the losses"),
        (
            {"model": lambda: nn.Sequential(nn.Dropout(0.5), nn.Linear(6, 2)).double()},
            (1, 2),
            "random numbers",
        ),
    ],
)
def test_what_cannot_be_done_exactly_is_refused(changes, seeds, said):
    """The error names the cause and the way out, and no run has moved."""
    p = smooth(**changes)
    runs = started(p, seeds)
    before = [(run.digest_weights(), run.digest_batches(2)) for run in runs]
    with pytest.raises(StackingError) as caught:
        advance_together(runs, [MULTIPLIERS] * 2, [0.1, 0.2])
    assert said.replace("\\", "") in str(caught.value)
    assert "--executor processes" in str(caught.value)
    assert [(run.digest_weights(), run.digest_batches(2)) for run in runs] == before
    assert [run.step for run in runs] == [0, 0]
    with pytest.raises(UsageError, match="as many"):
        advance_together(runs, [MULTIPLIERS] * 2, [0.1])
