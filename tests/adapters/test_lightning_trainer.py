"""Lightning moves a schedule once for every update, and resumes it."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as lightning
import pytest
import torch
from lightning.pytorch.loggers import CSVLogger
from sklearn.datasets import load_digits
from torch.nn import functional as F

from lehr.adapters.lightning import Monitor, configuration
from lehr.errors import StateError, StepError
from lehr.schedule import Plan, cosine, linear, warmup

# Lightning's advice about workers and epochs is not about what is tested here.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*does not have many workers", "ignore:.*Checkpoint directory", "ignore:.*LeafSpec"
)

PLAN = Plan(lr=warmup("20%") >> cosine(final=0.1), weight_decay=linear(final=0.5))


class Digits(lightning.LightningModule):
    """A small network that reads digits; `horizon=None` asks Lightning."""

    def __init__(self, horizon: int | None = None, **changes: object) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)
        )
        self.horizon, self.changes = horizon, changes
        self.used: list[tuple[float, float]] = []
        self.losses: list[float] = []

    def training_step(self, batch, _):
        loss = F.cross_entropy(self.layers(batch[0]), batch[1])
        self.losses.append(loss.item())
        return loss

    def on_before_optimizer_step(self, optimizer):
        group = optimizer.param_groups[0]
        self.used.append((group["lr"], group["weight_decay"]))

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.01, weight_decay=0.1)
        horizon = self.horizon or self.trainer.estimated_stepping_batches
        made = configuration(optimizer, PLAN, horizon=horizon)
        made["lr_scheduler"].update(self.changes)
        return made


def batches() -> torch.utils.data.DataLoader:
    x, y = load_digits(return_X_y=True)
    data = torch.utils.data.TensorDataset(torch.tensor(x / 16).float(), torch.tensor(y))
    return torch.utils.data.DataLoader(data, batch_size=180)  # ten batches


def fit(module: Digits, folder: Path, *, resume: Path | None = None, **options: object):
    torch.manual_seed(0)
    for layer in module.layers[::2]:
        layer.reset_parameters()
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    trainer = lightning.Trainer(
        **quiet,
        **{"max_epochs": 3, "callbacks": [Monitor()], "log_every_n_steps": 1, **options},
        default_root_dir=folder,
        logger=CSVLogger(folder),
        enable_checkpointing=False,
    )
    trainer.fit(module, batches(), ckpt_path=resume)
    return trainer


@pytest.mark.parametrize(("accumulate", "horizon"), [(1, 30), (4, 9)])
def test_every_update_uses_and_logs_its_own_hyperparameters(accumulate, horizon, tmp_path) -> None:
    """The last batches of an epoch are an update too, as Lightning has it."""
    module = Digits()
    trainer = fit(module, tmp_path, accumulate_grad_batches=accumulate)
    bound = PLAN.over(horizon).schedules
    lrs = [0.01 * bound["lr"](t) for t in range(horizon)]
    decays = [0.1 * bound["weight_decay"](t) for t in range(horizon)]
    assert module.used == list(zip(lrs, decays, strict=True))
    assert trainer.logged_metrics["lr"].item() == pytest.approx(lrs[-1])
    assert trainer.logged_metrics["weight_decay"].item() == pytest.approx(decays[-1])
    if accumulate == 1:
        assert module.losses[-1] < 0.6 * module.losses[0]


def test_a_checkpoint_resumes_the_schedule(tmp_path) -> None:
    """Saved after the first epoch and loaded, it ends as the undisturbed run."""

    class Save(lightning.Callback):
        def on_train_epoch_end(self, trainer, _):
            if trainer.current_epoch == 0:
                trainer.save_checkpoint(tmp_path / "half.ckpt")

    straight = Digits()
    fit(straight, tmp_path, callbacks=[Monitor(), Save()])
    resumed = Digits()
    fit(resumed, tmp_path, resume=tmp_path / "half.ckpt")
    assert resumed.used == straight.used[10:]
    for a, b in zip(straight.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    with pytest.raises(StateError, match="horizon was 30, is now 60"):
        fit(Digits(), tmp_path, resume=tmp_path / "half.ckpt", max_epochs=6)


def test_what_lightning_would_do_otherwise_is_an_error(tmp_path) -> None:
    """Another number of updates, stepping by epochs, no Scheduler at all."""
    with pytest.raises(StateError, match="horizon = 31, Lightning makes 30"):
        fit(Digits(31), tmp_path)
    with pytest.raises(StepError, match="interval='epoch', frequency=1"):
        fit(Digits(interval="epoch"), tmp_path)

    class Plain(Digits):
        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    with pytest.raises(StepError, match="no Scheduler of lehr"):
        fit(Plain(), tmp_path)
