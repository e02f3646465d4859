"""The primitives of `lehr.schedule`, described as recipes."""

from __future__ import annotations

from lehr.catalog.recipe import Recipe
from lehr.schedule import (
    constant,
    cosine,
    decay,
    exponential,
    hold,
    linear,
    multi_step,
    polynomial,
    rex,
    rsqrt,
    step,
    warmup,
)

ELEMENTARY = (
    Recipe(
        build=warmup,
        formula="start + (1 − start)·g((t+1)/n); g(x) = x, (1 − cos πx)/2, or 0 until n",
        source="Goyal et al. 2017",
        also={
            "torch": "LinearLR, ConstantLR",
            "transformers": 'num_warmup_steps (reach="next")',
            "torchtitan": "warmup_steps",
        },
        examples=(
            'warmup("5%") >> hold()',
            'warmup(100, start=0.1, reach="next") >> linear()',
            'warmup(100, shape="cosine") >> cosine()',
            'warmup(50, start=0.2, shape="constant") >> hold()',
        ),
    ),
    Recipe(
        build=hold,
        formula="the level of the phase before",
        source="the field's common stock",
        also={"Megatron-LM": "stable phase of WSD", "fairseq": "hold_steps of tri_stage"},
        examples=('warmup("10%") >> hold(300) >> rex()',),
    ),
    Recipe(
        build=constant,
        formula="factor",
        source="the field's common stock",
        also={"optax": "constant_schedule", "transformers": "constant"},
        examples=("constant()", 'constant(0.5) >> linear("10%")'),
    ),
    Recipe(
        build=linear,
        formula="final + (start − final)·(1 − x)",
        source="Defazio et al. 2023",
        also={
            "torch": "LinearLR",
            "optax": "linear_schedule",
            "keras": "PolynomialDecay(power=1)",
            "transformers": "linear",
        },
        examples=("linear()", 'warmup("5%") >> linear(final=0.1)'),
    ),
    Recipe(
        build=polynomial,
        formula="final + (start − final)·(1 − x)^p",
        source="Chen et al., TPAMI 2018 (DeepLab)",
        also={
            "torch": "PolynomialLR",
            "optax": "polynomial_schedule",
            "keras": "PolynomialDecay",
            "transformers": "polynomial",
        },
        examples=("polynomial(power=2)", "polynomial(power=0.9, final=0.01)", "polynomial()"),
    ),
    Recipe(
        build=cosine,
        formula="final + (start − final)·(1 + cos πx)/2",
        source="Loshchilov & Hutter, ICLR 2017",
        also={
            "torch": "CosineAnnealingLR",
            "optax": "cosine_decay_schedule",
            "keras": "CosineDecay",
            "transformers": "cosine, cosine_with_min_lr",
        },
        examples=("cosine()", 'warmup("5%") >> cosine(final=0.1)'),
    ),
    Recipe(
        build=decay,
        formula="final + (start − final)·g(x); g(x) = 1 − √x, 1 − x^p, 1 − x, (1 + cos πx)/2",
        source="Hägele et al., NeurIPS 2024",
        also={"transformers": 'decay_type="1-sqrt"', "Megatron-LM": "minus_sqrt"},
        examples=("decay()", 'hold() >> decay("20%", shape="power", power=2)'),
    ),
    Recipe(
        build=rex,
        formula="final + (start − final)·(1 − x)/(1 − x/2)",
        source="Chen et al., MLSys 2022",
        also={"pytorch_optimizer": "REXScheduler"},
        examples=("rex()", 'warmup("5%") >> rex(final=0.05)'),
    ),
    Recipe(
        build=exponential,
        formula="level·factor^(t/every)",
        source="the field's common stock",
        also={
            "torch": "ExponentialLR",
            "optax": "exponential_decay",
            "keras": "ExponentialDecay",
        },
        examples=("exponential(0.99)", 'exponential(0.5, every="10%")'),
    ),
    Recipe(
        build=step,
        formula="level·factor^⌊t/every⌋",
        source="the field's common stock",
        also={
            "torch": "StepLR",
            "optax": "exponential_decay(staircase=True)",
            "keras": "ExponentialDecay(staircase=True)",
        },
        examples=("step(300)", 'step("25%", factor=0.5)'),
    ),
    Recipe(
        build=multi_step,
        formula="level·factor^#{milestones ≤ t}",
        source="He et al., CVPR 2016",
        also={
            "torch": "MultiStepLR",
            "optax": "piecewise_constant_schedule",
            "keras": "PiecewiseConstantDecay (one step later)",
        },
        examples=('multi_step(["50%", "75%"])', "multi_step([100, 500, 900], factor=0.2)"),
    ),
    Recipe(
        build=rsqrt,
        formula="level·√(τ/(τ + t))",
        source="Zhai et al., CVPR 2022",
        also={"big_vision": "rsqrt", "timm": 'WSDLRScheduler(stable_fn="rsqrt")'},
        examples=("rsqrt(100)", 'warmup("5%") >> rsqrt("5%") >> linear("10%")'),
    ),
)
"""In the order in which a reader meets them."""
