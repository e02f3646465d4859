"""Other libraries' schedulers as schedules: `ports.torch("StepLR", base_lr=0.1, step_size=30)`."""

from lehr.catalog.ports import (
    from_composer,
    from_deepspeed,
    from_keras,
    from_megatron,
    from_nemo,
    from_olmo,
    from_optax,
    from_paddle,
    from_pytorch_optimizer,
    from_timm,
    from_torch,
    from_transformers,
)
from lehr.catalog.ports.from_composer import composer
from lehr.catalog.ports.from_deepspeed import deepspeed
from lehr.catalog.ports.from_keras import keras
from lehr.catalog.ports.from_megatron import megatron
from lehr.catalog.ports.from_nemo import nemo
from lehr.catalog.ports.from_olmo import olmo
from lehr.catalog.ports.from_optax import optax
from lehr.catalog.ports.from_paddle import paddle
from lehr.catalog.ports.from_pytorch_optimizer import pytorch_optimizer
from lehr.catalog.ports.from_timm import timm
from lehr.catalog.ports.from_torch import torch
from lehr.catalog.ports.from_transformers import transformers
from lehr.catalog.ports.library import Library
from lehr.catalog.ports.port import Port
from lehr.catalog.ports.quirk import Quirk

LIBRARIES: tuple[Library, ...] = (
    torch,
    transformers,
    optax,
    keras,
    pytorch_optimizer,
    timm,
    megatron,
    nemo,
    composer,
    paddle,
    deepspeed,
    olmo,
)
"""One entry per library; a new one is a file and a line here."""

QUIRKS: tuple[Quirk, ...] = (
    *from_torch.QUIRKS,
    *from_transformers.QUIRKS,
    *from_optax.QUIRKS,
    *from_keras.QUIRKS,
    *from_pytorch_optimizer.QUIRKS,
    *from_timm.QUIRKS,
    *from_megatron.QUIRKS,
    *from_nemo.QUIRKS,
    *from_composer.QUIRKS,
    *from_paddle.QUIRKS,
    *from_deepspeed.QUIRKS,
    *from_olmo.QUIRKS,
)
"""Every difference between a library and its port."""

__all__ = [
    "LIBRARIES",
    "QUIRKS",
    "Library",
    "Port",
    "Quirk",
    "composer",
    "deepspeed",
    "keras",
    "megatron",
    "nemo",
    "olmo",
    "optax",
    "paddle",
    "pytorch_optimizer",
    "timm",
    "torch",
    "transformers",
]
