"""The operators that make one schedule of another, described as recipes."""

from __future__ import annotations

from lehr.catalog.recipe import Recipe
from lehr.schedule import noisy, proportional, take

OPERATORS = (
    Recipe(
        build=take,
        formula="the first n steps of a schedule made for more",
        source="the field's common stock",
        also={"torch": "SequentialLR", "optax": "join_schedules", "olmo_core": "override_decay"},
        examples=(
            'take(cosine(), of="100%") >> linear("10%")',
            "take(cosine(), 800, of=20_000) >> linear()",
        ),
    ),
    Recipe(
        build=proportional,
        formula="low + (high − low)·value",
        source="Zhuang et al., ICLR 2022 (GSAM)",
        also={"pytorch_optimizer": "ProportionScheduler"},
        examples=("proportional(cosine(), 0.1, 1)", "proportional(linear(), 0.95, 0.85)"),
    ),
    Recipe(
        build=noisy,
        formula="max(0, value·(1 + ε(t))) or max(0, value + ε(t))",
        source="Neelakantan et al. 2015",
        also={"timm": "noise_range_t", "TensorFlow 1": "noisy_linear_cosine_decay"},
        examples=("0.5 * noisy(cosine(), 0.05)", 'noisy(0.5 * linear(), 0.02, how="plus", seed=1)'),
    ),
)
"""Those that have a formula of their own; `>>`, `*`, minimum and the like are the algebra."""
