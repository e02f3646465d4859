"""Every port with an installed counterpart, and how its configurations are drawn."""

from __future__ import annotations

from drawn import Drawn
from drawn_keras import KERAS
from drawn_optax import OPTAX
from drawn_pytorch_optimizer import PYTORCH_OPTIMIZER
from drawn_torch import TORCH
from drawn_transformers import TRANSFORMERS

DRAWN: tuple[Drawn, ...] = (*TORCH, *TRANSFORMERS, *OPTAX, *KERAS, *PYTORCH_OPTIMIZER)
