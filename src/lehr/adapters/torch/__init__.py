"""PyTorch: a plan in a training loop, and the writing of hyper-parameters."""

from lehr.adapters.extras import missing

try:
    import torch  # noqa: F401 - looked for, so that its absence is said in one sentence
except ModuleNotFoundError as error:
    raise missing(error, extra="torch") from error

from lehr.adapters.torch.hyperparameters import Hyperparameters
from lehr.adapters.torch.scheduler import Advance, OnChange, Scheduler

__all__ = ["Advance", "Hyperparameters", "OnChange", "Scheduler"]
