"""Traps of libraries that are not installed here; what they do is written in their ports."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch_runs import ours, sgd, used

from lehr.adapters.torch import Scheduler
from lehr.catalog import ports
from lehr.errors import ScheduleError
from lehr.schedule import Plan, constant, cosine, hold, linear, multi_step, warmup


def test_timm_1242_a_warmup_over_the_decay() -> None:
    """Timm's default warms up over a decay that has begun, and jumps; lehr's phases meet."""
    theirs = ports.timm("CosineLRScheduler", base_lr=0.1, t_initial=20, warmup_t=5)
    lrs = np.array([theirs.lr(t) for t in range(20)])
    assert lrs.max() < 0.09
    ours_ = 0.1 * (warmup(5) >> cosine()).over(20).values()
    assert ours_[4] == ours_.max() == 0.1
    assert np.abs(np.diff(ours_[4:])).max() < 0.1 * np.pi / 2 / 15


def test_timm_2753_a_milestone_one_step_early() -> None:
    """Timm's takes effect at k − 1 on purpose, and the port says so; lehr's at k."""
    theirs = ports.timm("MultiStepLRScheduler", base_lr=1.0, decay_t=[5], decay_rate=0.1)
    assert [theirs.lr(t) for t in (3, 4)] == pytest.approx([1.0, 0.1])
    milestone = multi_step([5], factor=0.1).over(10)
    assert [milestone(t) for t in (4, 5)] == pytest.approx([1.0, 0.1])


def test_deepspeed_7303_an_lr_that_is_overridden() -> None:
    """WarmupDecayLR has a peak lr of its own, which the port shows; lehr's is the optimizer's."""
    assert ports.deepspeed("WarmupDecayLR", total_num_steps=2_000).peak_lr == 0.001
    assert used(ours(warmup(2) >> linear(), lr=5e-5, horizon=10), 2) == [2.5e-5, 5e-5]


def test_deepspeed_4344_param_groups_that_are_other_objects() -> None:
    """A state that is loaded replaces the groups; lehr writes into those that are there now."""
    scheduler = ours(linear(), lr=1.0, horizon=10)
    used(scheduler, 3)
    optimizer = scheduler.optimizer
    optimizer.load_state_dict(optimizer.state_dict())
    assert used(scheduler, 2) == pytest.approx([0.7, 0.6])
    optimizer.param_groups = [dict(group) for group in optimizer.param_groups]
    assert used(scheduler, 3)[1:] == pytest.approx([0.4, 0.3])


@pytest.mark.parametrize("steps", [10, 12])
def test_deepspeed_8142_a_warmup_that_takes_the_whole_run(steps: int) -> None:
    """DeepSpeed divided by zero, Composer crashed; lehr says that no step is left."""
    with pytest.raises(ScheduleError):
        (warmup(steps) >> cosine()).over(10)
    with pytest.raises(ScheduleError, match="no step after the warmup"):
        ports.deepspeed("WarmupCosineLR", base_lr=0.1, total_num_steps=10, warmup_num_steps=steps)


def test_composer_1077_a_run_that_is_all_warmup() -> None:
    """It is a schedule like another: the peak is used by the last update."""
    assert warmup("100%").over(4).values().tolist() == [0.25, 0.5, 0.75, 1.0]


def test_composer_3941_a_warmup_that_is_scaled() -> None:
    """Composer scales the ramp and not its end; a share of the run scales both."""
    for schedule in (warmup("10%") >> linear(), warmup("10%") >> hold() >> cosine("50%")):
        for horizon in (100, 250, 1_000):
            values = schedule.over(horizon).values()
            assert values[horizon // 10 - 1] == 1.0
            assert np.abs(np.diff(values)).max() <= 10 / horizon + 1e-12


def test_megatron_7468_the_weight_decay_of_the_first_update() -> None:
    """Megatron restores it an update late; lehr writes it as soon as the state is loaded."""
    plan = Plan(lr=cosine(), weight_decay=linear(final=0.1))

    def adamw() -> torch.optim.AdamW:
        return torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=0.1, weight_decay=0.3)

    first = Scheduler(adamw(), plan, horizon=10)
    used(first, 5)
    for part in ("optimizer", "scheduler"):
        resumed = Scheduler(adamw(), plan, horizon=10)
        half = resumed if part == "scheduler" else resumed.optimizer
        half.load_state_dict((first if part == "scheduler" else first.optimizer).state_dict())
        assert resumed.hyperparameters() == first.hyperparameters()
        assert resumed.hyperparameters()["weight_decay"] == pytest.approx(0.3 * 0.55)


def test_megatron_1138_a_peak_that_is_changed_on_resume() -> None:
    """Megatron's flag was overruled by what stood in the groups; `adopt` means what is given."""
    first = ours(constant(), lr=0.1, horizon=10)
    used(first, 5)
    resumed = Scheduler(sgd(0.4), constant(), horizon=10, on_change="adopt")
    resumed.optimizer.load_state_dict(first.optimizer.state_dict())
    resumed.load_state_dict(first.state_dict())
    assert used(resumed, 5) == [0.4] * 5
    assert resumed.last_epoch == 10


def test_mlx_2617_a_decay_that_begins_in_the_warmup() -> None:
    """MLX joined a step early; in lehr the phase after n steps begins at its own start."""
    joined, alone = (warmup(5) >> cosine()).over(25), cosine().over(20)
    assert joined.values()[5:].tolist() == alone.values().tolist()
    assert joined(4) == 1.0


def test_torchtitan_1010_a_decay_of_no_steps() -> None:
    """Torchtitan divided by zero; lehr refuses the phase, also one that rounds to no step."""
    with pytest.raises(ScheduleError):
        linear(0)
    with pytest.raises(ScheduleError):
        (hold() >> linear("1%")).over(10)
