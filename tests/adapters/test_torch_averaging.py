"""Averages of checkpoints that stand for a decay, on training with torch."""

import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lehr import BoundSchedule, anytime, hold
from lehr.adapters.torch import Scheduler
from lehr.adapters.torch.averaging import weighted_average
from lehr.catalog.averaging import ema_decay, ema_half_life, emulated_decay, latest, merge_weights
from lehr.catalog.groups import layerwise_decay
from lehr.errors import ScheduleError

HORIZON = 300
DECAYED = anytime(20, cooldown=100, shape="linear").over(HORIZON)
TRUNK = anytime(20).over(HORIZON)
STEPS = list(range(200, HORIZON + 1, 10))


def digits() -> tuple[torch.Tensor, torch.Tensor]:
    datasets = pytest.importorskip("sklearn.datasets")
    images, labels = datasets.load_digits(return_X_y=True)
    return torch.tensor(images, dtype=torch.float32) / 16, torch.tensor(labels)


def train(
    bound: BoundSchedule, *, linear_loss: bool, checkpoints: list[int], weights: list[float]
) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Return the final and the averaged weights, and the loss of the averaged model."""
    torch.manual_seed(0)
    images, labels = digits()
    model = torch.nn.Linear(64, 10)
    averaged = AveragedModel(model, multi_avg_fn=weighted_average(weights))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    scheduler = Scheduler(optimizer, bound.schedule, horizon=bound.horizon)
    batches = torch.Generator().manual_seed(1)
    for step in range(bound.horizon + 1):
        if step in checkpoints:
            averaged.update_parameters(model)
        rows = torch.randint(len(images), (64,), generator=batches)
        optimizer.zero_grad()
        out = model(images[rows])
        loss = (
            out.gather(1, labels[rows, None]).mean().neg()
            if linear_loss
            else torch.nn.functional.cross_entropy(out, labels[rows])
        )
        loss.backward()
        if step < bound.horizon:
            optimizer.step()
            scheduler.step()
    with torch.no_grad():
        final = torch.nn.functional.cross_entropy(averaged(images), labels).item()
    return model.weight.detach(), averaged.module.weight.detach(), final


def test_the_average_is_the_decayed_run_where_gradients_do_not_change() -> None:
    """With a checkpoint at every step and a linear loss the emulation is exact."""
    steps = list(range(200, HORIZON + 1))
    weights = merge_weights(DECAYED, TRUNK, steps).tolist()
    _, merged, _ = train(TRUNK, linear_loss=True, checkpoints=steps, weights=weights)
    decayed, _, _ = train(DECAYED, linear_loss=True, checkpoints=[0], weights=[1.0])
    torch.testing.assert_close(merged, decayed, rtol=1e-4, atol=1e-5)


def test_the_average_comes_close_to_the_decayed_run_in_real_training() -> None:
    """On digits, with a checkpoint every ten steps, most of the way from trunk to decayed run."""
    weights = merge_weights(DECAYED, TRUNK, STEPS).tolist()
    trunk, merged, loss = train(TRUNK, linear_loss=False, checkpoints=STEPS, weights=weights)
    decayed, _, decayed_loss = train(
        DECAYED, linear_loss=False, checkpoints=[HORIZON], weights=[1.0]
    )
    assert (merged - decayed).norm() < 0.5 * (trunk - decayed).norm()
    assert loss == pytest.approx(decayed_loss, rel=0.05)


def test_the_weights_are_an_average_and_their_decay_reads_back() -> None:
    """They sum to 1, none is negative, and the decay they stand for is the mean one per stretch."""
    weights = merge_weights(DECAYED, TRUNK, STEPS)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (weights >= 0).all()
    means = DECAYED.values(200, HORIZON).reshape(-1, 10).mean(axis=1)
    assert emulated_decay(weights) == pytest.approx(means, rel=1e-12)
    assert emulated_decay(latest(5, 5)) == pytest.approx([0.8, 0.6, 0.4, 0.2])


def test_equal_weights_are_torchs_own_average() -> None:
    """SWA is the case of equal weights; LAWA that of the latest."""
    values = [torch.full((3,), float(v)) for v in (1, 5, 6, 8)]
    for weights, mean in (([1, 1, 1, 1], 5.0), (latest(4, 2).tolist(), 7.0)):
        averaged = [values[0].clone()]
        average = weighted_average(weights)
        for k, value in enumerate(values[1:], start=1):
            average(averaged, [value], torch.tensor(k))
        assert averaged[0].tolist() == pytest.approx([mean] * 3)


def test_a_half_life_is_what_it_says() -> None:
    """After so many updates of torch's EMA a contribution counts half."""
    decay = ema_decay(10)
    assert ema_half_life(decay) == pytest.approx(10)
    averaged = [torch.ones(1, dtype=torch.float64)]
    update = get_ema_multi_avg_fn(decay)
    for _ in range(10):
        update(averaged, [torch.zeros(1, dtype=torch.float64)], torch.tensor(1))
    assert averaged[0].item() == pytest.approx(0.5)


def test_more_checkpoints_than_weights_are_an_error() -> None:
    """Nothing is averaged by a weight that nobody gave."""
    average = weighted_average([1, 1])
    with pytest.raises(ScheduleError, match="more checkpoints"):
        average([torch.zeros(1)], [torch.ones(1)], 2)
    for weights in ([], [0, 0], [1, -1, 2], [float("nan")]):
        with pytest.raises(ScheduleError, match="not the weights"):
            weighted_average(weights)


@pytest.mark.parametrize(
    ("decayed", "steps", "problem"),
    [
        (DECAYED, [250], "not in order"),
        (DECAYED, [250, 250], "not in order"),
        (DECAYED, [250, 301], "not in order"),
        (DECAYED, [250, 300], "before the first checkpoint"),
    ],
)
def test_impossible_merges_are_errors(
    decayed: BoundSchedule, steps: list[int], problem: str
) -> None:
    """A merge that would not be the decayed run is refused."""
    with pytest.raises(ScheduleError, match=problem):
        merge_weights(decayed, TRUNK, steps)


def test_layerwise_plans_reach_their_groups() -> None:
    """Each named group has its factor of the lr at every step; the last has the schedule."""
    names = ["stem", "block", "head"]
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "name": name} for name in names]
    optimizer = torch.optim.SGD(groups, lr=0.4)
    plans = layerwise_decay(hold(), names, factor=0.5)
    Scheduler(optimizer, hold(), horizon=10, groups=plans)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.2, 0.4]
