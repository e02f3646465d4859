"""Formulas of libraries that are not installed, written from their sources in plain Python.

Each is a second, independent reading: no function of lehr's takes part in it.
"""

from __future__ import annotations

from drawn import Drawn

from drawn_formulas import composer, deepspeed, megatron, nemo, olmo, paddle, timm

FORMULAS: tuple[Drawn, ...] = (
    *timm.DRAWN,
    *megatron.DRAWN,
    *nemo.DRAWN,
    *composer.DRAWN,
    *paddle.DRAWN,
    *deepspeed.DRAWN,
    *olmo.DRAWN,
)
