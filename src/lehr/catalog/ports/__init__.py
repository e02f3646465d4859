"""Other libraries' schedulers as schedules: `ports.torch("StepLR", base_lr=0.1, step_size=30)`."""

from lehr.catalog.ports import (
    from_keras,
    from_optax,
    from_pytorch_optimizer,
    from_torch,
    from_transformers,
)
from lehr.catalog.ports.from_keras import keras
from lehr.catalog.ports.from_optax import optax
from lehr.catalog.ports.from_pytorch_optimizer import pytorch_optimizer
from lehr.catalog.ports.from_torch import torch
from lehr.catalog.ports.from_transformers import transformers
from lehr.catalog.ports.library import Library
from lehr.catalog.ports.port import Port
from lehr.catalog.ports.quirk import Quirk

LIBRARIES: tuple[Library, ...] = (torch, transformers, optax, keras, pytorch_optimizer)
"""One entry per library; a new one is a file and a line here."""

QUIRKS: tuple[Quirk, ...] = (
    *from_torch.QUIRKS,
    *from_transformers.QUIRKS,
    *from_optax.QUIRKS,
    *from_keras.QUIRKS,
    *from_pytorch_optimizer.QUIRKS,
)
"""Every difference between a library and its port."""

__all__ = [
    "LIBRARIES",
    "QUIRKS",
    "Library",
    "Port",
    "Quirk",
    "keras",
    "optax",
    "pytorch_optimizer",
    "torch",
    "transformers",
]
