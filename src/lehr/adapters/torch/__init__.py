"""PyTorch: a plan in a training loop, and the writing of hyper-parameters."""

from lehr.adapters.torch.hyperparameters import Hyperparameters
from lehr.adapters.torch.scheduler import Advance, OnChange, Scheduler

__all__ = ["Advance", "Hyperparameters", "OnChange", "Scheduler"]
