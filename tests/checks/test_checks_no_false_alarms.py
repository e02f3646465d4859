"""What people customarily train with is not reported; what is, is pinned here with its reason."""

from __future__ import annotations

import numpy as np
import pytest

from lehr.catalog import RECIPES, parse
from lehr.checks import RunLog, Setting, check, check_log
from lehr.schedule import Clock, Plan, Schedule
from lehr.schedule.algebra import Absolute

NOT_ANNEALED = (
    'warmup("5%") >> hold()',
    'warmup(50, start=0.2, shape="constant") >> hold()',
    "constant()",
    "rsqrt(100)",
    "power_law(100)",
    'warmup("5%") >> power_law("5%", 0.51, form="held")',
    "anytime(100)",
    "inverse_sqrt(100)",
    "noam(100)",
    "noam(400, d_model=512)",
    "noam(100, scale=0.5)",
    'warmup(100, shape="power", power=2) >> warmup("5%", shape="1-sqrt") >> hold()',
)
"""They end above 20 % of their peak, most of them for want of a horizon."""

REPORTED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(NOT_ANNEALED, ("LR021",)),
    'warmup(100, shape="log") >> hold()': ("LR003", "LR021"),  # DeepSpeed's begins at 0
    "exponential(0.99)": ("LR004",),  # below a ten-thousandth for the last 8 %
    'natural_exponential(1, every="10%")': ("LR004",),
    'piecewise(["30%", "80%"], [0, 1, 0.1])': ("LR003",),  # begins at 0 …
    'inverse_sqrt("5%", reach="next") >> linear("10%")': ("LR003",),
    "triangular(50).repeat()": ("LR003",),
    'triangular("10%")': ("LR003",),
    "triangular2(100)": ("LR003",),
    "exp_range(100, factor=0.998)": ("LR003",),  # … as do these
    "triangular(50, 100, low=0.1).repeat(shrink=0.5)": ("LR022",),  # 6 cycles and 100 steps
    "triangular2(100, 200, low=0.1, shrink=0.7)": ("LR022",),
    "exp_range(100, 200, low=0.1)": ("LR021",),  # likewise, inside a product
    "sgdr(100)": ("LR022",),  # 100 + 200 + 400 steps, and 300 of 800
    "range_test()": ("LR011",),  # rises and nothing else: it is a measurement
    'range_test(0.001, "linear")': ("LR011",),
    "proportional(linear(), 0.95, 0.85)": ("LR011",),  # is for another hyper-parameter
}
"""Example -> what is reported over 1,000 steps."""

EXAMPLES = [text for recipe in RECIPES for text in recipe.examples]


def relative(text: str) -> Schedule | None:
    schedule = parse(text)
    return None if isinstance(schedule, Plan | Absolute) else schedule


@pytest.mark.parametrize("text", EXAMPLES)
def test_recipes(text: str) -> None:
    """Every recipe's examples are passed, or reported for a reason that is true of them."""
    schedule = relative(text)
    if schedule is not None:
        assert tuple(f.code for f in check(schedule, horizon=1_000)) == REPORTED.get(text, ())


@pytest.mark.parametrize("every", [1, 10])
@pytest.mark.parametrize("text", EXAMPLES)
def test_logs_of_recipes(text: str, every: int) -> None:
    """A run that followed a recipe is not taken for one that was resumed or stepped wrongly."""
    schedule = relative(text)
    if schedule is None or text.count("warmup(") > 1:  # a second warmup is what a reset looks like
        return
    steps = np.arange(0, 1_000, every)
    log = RunLog(steps=steps, lr=0.1 * schedule.over(1_000).at(steps))
    found = {finding.code for finding in check_log(log, horizon=1_000)}
    assert not found & {"LR001", "LR031", "LR032", "LR033", "LR034", "LR041", "LR042", "LR043"}
    if "linear_cosine" not in text:  # waves on purpose
        assert "LR023" not in found


IMAGENET = Clock(steps_per_epoch=5_004, samples_per_step=256)
CUSTOMARY: dict[str, tuple[str, int, Setting, tuple[str, ...]]] = {
    "ResNet-50, He et al.": (
        'multi_step(["30ep", "60ep", "80ep"])',
        90 * 5_004,
        Setting(optimizer="sgd", peak_lr=0.1, weight_decay=1e-4, clock=IMAGENET),
        (),
    ),
    "ResNet-50, large batch, Goyal et al.": (
        'warmup("5ep") >> multi_step(["25ep", "55ep", "75ep"])',
        90 * 156,
        Setting(
            optimizer="sgd",
            peak_lr=3.2,
            weight_decay=1e-4,
            clock=Clock(steps_per_epoch=156, samples_per_step=8_192),
        ),
        (),
    ),
    "WRN on CIFAR-10, cosine": (
        "cosine()",
        200 * 391,
        Setting(optimizer="sgd", peak_lr=0.1, weight_decay=5e-4),
        (),
    ),
    "super-convergence": (
        "Plan(lr=one_cycle(), momentum=one_cycle_momentum())",
        10_000,
        Setting(optimizer="sgd", peak_lr=3.0),
        (),
    ),
    "SGDR, T_0 = 10, T_mult = 2": (
        'cosine("10ep").repeat(4, stretch=2)',
        150 * 391,
        Setting(optimizer="sgd", peak_lr=0.05, clock=Clock(steps_per_epoch=391)),
        (),
    ),
    "BERT-base": (
        "warmup(10_000) >> linear()",
        1_000_000,
        Setting(optimizer="adamw", peak_lr=1e-4, weight_decay=0.01, betas=(0.9, 0.999)),
        (),
    ),
    "BERT fine-tuned, as the Trainer does": (
        "linear()",
        3_000,
        Setting(optimizer="adamw", peak_lr=5e-5),
        (),
    ),
    "the same with its warmup": (
        'warmup("6%", reach="next") >> linear()',
        3_000,
        Setting(optimizer="adamw", peak_lr=2e-5),
        ("LR003",),
    ),
    "GPT-3 125M": (
        "warmup(715) >> cosine(final=0.1)",
        572_000,
        Setting(optimizer="adamw", peak_lr=6e-4, weight_decay=0.1, betas=(0.9, 0.95)),
        (),
    ),
    "ViT-B/16 on ImageNet": (
        "warmup(10_000) >> cosine()",
        93_000,
        Setting(optimizer="adamw", peak_lr=3e-3, weight_decay=0.3, betas=(0.9, 0.999)),
        (),
    ),
    "DeiT-B": (
        'warmup("5ep") >> cosine(final=0.02)',
        300 * 1_251,
        Setting(
            optimizer="adamw",
            peak_lr=1e-3,
            weight_decay=0.05,
            clock=Clock(steps_per_epoch=1_251, samples_per_step=1_024),
        ),
        (),
    ),
    "Transformer base": (
        "inverse_sqrt(4_000)",
        100_000,
        Setting(optimizer="adam", peak_lr=7e-4, betas=(0.9, 0.98)),
        (),
    ),
    "MiniCPM": (
        'wsd("1%", "10%")',
        100_000,
        Setting(optimizer="adamw", peak_lr=0.01, weight_decay=0.01, betas=(0.9, 0.95)),
        (),
    ),
    "nanoGPT": (
        "warmup(2_000) >> cosine(598_000, final=0.1)",
        600_000,
        Setting(optimizer="adamw", peak_lr=6e-4, weight_decay=0.1, betas=(0.9, 0.95)),
        (),
    ),
    "Keras' Adam as it comes": (
        "constant()",
        10_000,
        Setting(optimizer="adam", peak_lr=1e-3),
        ("LR021",),
    ),
    "schedule-free": (
        'warmup("5%") >> hold()',
        10_000,
        Setting(optimizer="schedule-free", peak_lr=2.5e-3),
        (),
    ),
}


@pytest.mark.parametrize("name", CUSTOMARY)
def test_published_settings(name: str) -> None:
    """Recipes as they were published raise no alarm; what is reported is information or true."""
    text, horizon, setting, expected = CUSTOMARY[name]
    findings = check(Plan.of(parse(text)), horizon=horizon, setting=setting)
    assert tuple(finding.code for finding in findings) == expected, findings


def test_noisy_losses_of_healthy_runs_are_no_spikes() -> None:
    """200,000 rows of falling, noisy, sometimes heavy-tailed losses."""
    generator = np.random.default_rng(0)
    steps = np.arange(20_000)
    lr = np.full(len(steps), 0.1)
    for sigma in (0.01, 0.03, 0.1, 0.3, 0.5):
        for tail in (False, True):
            shape = len(steps)
            noise = generator.standard_t(5, shape) if tail else generator.normal(size=shape)
            loss = (0.5 + 2 / (1 + steps / 500)) * np.exp(sigma * noise)
            found = check_log(RunLog(steps=steps, lr=lr, loss=loss), ignore=["LR002"])
            assert "LR051" not in {finding.code for finding in found}, (sigma, tail)
