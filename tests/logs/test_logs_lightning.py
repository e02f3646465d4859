"""Lightning's CSVLogger and TensorBoardLogger with a LearningRateMonitor, as they write."""

from __future__ import annotations

from pathlib import Path

import lightning.pytorch as lightning
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from lehr.checks import read_log
from lehr.errors import UsageError
from lehr.logs import Log, read

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*does not have many workers", "ignore:.*LeafSpec", "ignore:.*log_every_n_steps"
)


class Model(lightning.LightningModule):
    """One layer, in one or two groups."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.layer, self.groups = torch.nn.Linear(4, 1), groups

    def training_step(self, batch, _):
        loss = self.layer(batch[0]).pow(2).mean()
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        self.log("val_loss", self.layer(batch[0]).pow(2).mean())

    def configure_optimizers(self):
        groups = [{"params": [p]} for p in self.layer.parameters()][: self.groups]
        groups[-1]["lr"] = 1e-3 / self.groups
        groups[-1]["weight_decay"] = 0.05 / self.groups
        optimizer = torch.optim.AdamW(groups, lr=1e-3, weight_decay=0.05)
        decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, 60)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": decay, "interval": "step"}}


def trained(folder: Path, groups: int) -> None:
    torch.manual_seed(0)
    data = torch.utils.data.TensorDataset(torch.randn(160, 4))
    batches = torch.utils.data.DataLoader(data, batch_size=8)
    lightning.Trainer(
        max_epochs=3,
        logger=[CSVLogger(folder, name="csv"), TensorBoardLogger(folder, name="events")],
        callbacks=[LearningRateMonitor("step", log_momentum=True, log_weight_decay=True)],
        log_every_n_steps=5,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        accelerator="cpu",
    ).fit(Model(groups), batches, batches)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """version_0 has one group, version_1 two."""
    folder = tmp_path_factory.mktemp("lightning")
    for groups in (1, 2):
        trained(folder, groups)
    return folder


def steps(log: Log, name: str | None = None) -> list[int]:
    loss = log.loss(name)
    assert loss is not None
    return loss.steps.tolist()


@pytest.mark.parametrize("logger", ["csv", "csv/metrics.csv", "events"])
def test_lr_and_loss_stand_in_rows_of_their_own(logger: str, runs: Path) -> None:
    """Each is found, at the steps at which it was logged."""
    name, _, file = logger.partition("/")
    log = read(runs / name / "version_0" / file)
    used = np.arange(4, 60, 5)
    assert log.lr().steps.tolist() == steps(log) == used.tolist()
    np.testing.assert_allclose(log.lr().values, 1e-3 * (1 - 0.9 * used / 60), rtol=1e-6)
    assert steps(log, "val_loss") == steps(log, "train_loss_epoch") == [19, 39, 59]


@pytest.mark.parametrize("logger", ["csv", "events"])
def test_parameter_groups_are_chosen_by_name(logger: str, runs: Path) -> None:
    """Their lrs differ, so neither is guessed."""
    log = read(runs / logger / "version_1")
    with pytest.raises(UsageError, match="--lr-column lr-AdamW/pg1"):
        log.lr()
    np.testing.assert_allclose(log.lr("lr-AdamW/pg2").values, log.lr("lr-AdamW/pg1").values / 2)


@pytest.mark.parametrize("logger", ["csv", "events"])
@pytest.mark.parametrize("version", ["version_0", "version_1"])
def test_the_weight_decay_is_that_of_the_group_with_most(
    logger: str, version: str, runs: Path
) -> None:
    """What the monitor logged beside the lr; norms and biases usually have less or none."""
    assert read(runs / logger / version).weight_decay() == pytest.approx(0.05)


def test_a_check_sees_the_losses_beside_the_lrs(runs: Path) -> None:
    """A row each step, although Lightning wrote two."""
    log = read_log(runs / "csv" / "version_0")
    assert log.loss is not None
    assert len(log.loss) == 12
    assert np.isfinite(log.loss).all()
    sparse = read_log(runs / "csv" / "version_0", loss_column="val_loss")
    assert sparse.loss is not None
    assert np.isfinite(sparse.loss).sum() == 3
