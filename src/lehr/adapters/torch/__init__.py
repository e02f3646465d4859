"""PyTorch: a plan in a training loop, and the writing of hyper-parameters."""

from lehr.adapters.torch.hyperparameters import Hyperparameters
from lehr.adapters.torch.scheduler import Scheduler

__all__ = ["Hyperparameters", "Scheduler"]
