"""Every schedule that other libraries offer, and what it is called or written here.

The numbers are those of the survey this catalog was built from (65 open-loop shapes of 20
libraries and 6 warmups); what is newer than the survey has the number 0. Texts are examples: the
numbers in them are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One schedule of the field.

    Attributes:
        number: of the survey; 0 for what is newer.
        name: what it is commonly called.
        text: a recipe or a line of the algebra; empty for the one that is left out.
        note: what the text does not say: other forms, or why it is left out.
    """

    number: int
    name: str
    text: str
    note: str = ""


ROWS: tuple[Row, ...] = (
    Row(1, "constant", "constant()"),
    Row(2, "constant factor until a milestone", 'warmup(100, 0.3, shape="constant") >> hold()'),
    Row(3, "linear decay", 'linear("60%", final=0.1, start=0.8) >> hold()'),
    Row(4, "polynomial decay", 'polynomial("80%", power=2, final=0.1) >> hold()'),
    Row(5, "polynomial with a stretching horizon", "polynomial_cycles(150, power=2, final=0.1)"),
    Row(
        6,
        "unnormalised power of elapsed steps",
        "",
        "pytorch_optimizer's PolyScheduler multiplies by (t − w)^p without dividing by a length, "
        "and so grows without bound: taken for a defect, and left out. Where growth is wanted, "
        'write warmup("100%", shape="power", power=2).',
    ),
    Row(7, "exponential decay", "exponential(0.5, every=300)"),
    Row(8, "natural-exponential decay", "natural_exponential(0.005)"),
    Row(9, "geometric interpolation", "geometric(final=0.001, start=0.5)"),
    Row(10, "step decay", "step(300, factor=0.5)"),
    Row(11, "multi-step decay", 'multi_step([100, "50%"], factor=0.2)'),
    Row(
        12,
        "piecewise constant, given values",
        'piecewise([100, 400], [1, 0.5, 0.05], shape="constant")',
    ),
    Row(13, "piecewise linear", "piecewise([100, 400], [0, 1, 0.2])"),
    Row(14, "piecewise cosine", 'piecewise([100, 400], [0.1, 1, 0.2], shape="cosine")'),
    Row(15, "inverse-time decay", "inverse_time(2, every=100)"),
    Row(16, "inverse-time staircase", 'inverse_time(2, every=100, shape="stairs")'),
    Row(
        17,
        "a user's function of the step",
        "piecewise([1, 2, 5], [1, 0.5, 0.7, 0.2])",
        "lehr.catalog.tabulated(function, horizon=…) samples it; a Recipe gives it a name.",
    ),
    Row(
        18,
        "a user's factor, multiplied up",
        "piecewise([1, 2, 3], [1, 0.9, 0.72, 0.504])",
        "lehr.catalog.tabulated(function, horizon=…, compounding=True).",
    ),
    Row(19, "inverse square root after warmup", 'inverse_sqrt(100, reach="next")'),
    Row(20, "rsqrt with timescale", 'warmup(100, reach="next") >> rsqrt(50)'),
    Row(21, "Noam", "noam(400, d_model=512)", "For an optimizer whose lr is 1."),
    Row(
        22,
        "Noam hold",
        'warmup(100, reach="next") >> hold(200) >> power_law(100, power=0.7)',
    ),
    Row(
        23,
        "T5 inverse square root",
        "0.1 * (hold(100) >> rsqrt(100))",
        "For an optimizer whose lr is 1: 0.1 is 1/√100. Leave it out to multiply a peak.",
    ),
    Row(
        24,
        "power law and linear tail",
        'warmup(100) >> power_law(100, power=0.51) >> linear("10%", final=0.01)',
    ),
    Row(
        25,
        "power of shifted time with a cap",
        "(hold(51) >> power_law(1, power=0.5)).clip(max=0.2)",
        "(t − 50)^(−½), at most 0.2.",
    ),
    Row(
        26,
        "square or square-root annealing over a floor",
        "polynomial(power=0.5).clip(min=0.1)",
        "power=2 for the square.",
    ),
    Row(27, "cosine", 'cosine("90%", final=0.1) >> hold()'),
    Row(
        28,
        "cosine that goes on",
        "(cosine(200, final=0.1) >> cosine(200, final=1)).repeat()",
        'Or glide(shape="cosine", laps=3, beyond="mirror") for three half periods in the span.',
    ),
    Row(
        29,
        "cosine counted from t + 1",
        'warmup(100) >> glide(shape="cosine", final=0.1, offset=1)',
    ),
    Row(30, "cosine to a power", 'glide(shape="cosine", power=1.5)'),
    Row(31, "k-decay cosine", 'glide(shape="cosine", warp=2)'),
    Row(32, "k-decay polynomial", 'glide(shape="polynomial", power=0.9, warp=1.5)'),
    Row(33, "cosine with warm restarts", "sgdr(100, stretch=2, shrink=0.5, final=0.1)"),
    Row(
        34,
        "warm restarts with given periods and heights",
        "cosine(200, final=0.1) >> cosine(300, final=0.1, start=0.5) "
        ">> cosine(final=0.1, start=0.8)",
    ),
    Row(
        35,
        "a number of hard restarts in the span",
        'glide(shape="cosine", laps=4, beyond="again")',
        "cosine_restarts(4) is the same with its cycles rounded to whole steps.",
    ),
    Row(
        36,
        "restarts with a warmup in each, and falling peaks",
        '(warmup("10%") >> cosine()).repeat(3, shrink=0.7)',
    ),
    Row(37, "cosine, then a constant tail", 'cosine(final=0.1) >> hold("10%")'),
    Row(
        38,
        "second half of a cosine",
        "half_cosine(final=0.1)",
        "Of its own height; times (1 + final)/2 of that of the full cosine.",
    ),
    Row(
        39,
        "cosine cut short, linear tail",
        'take(cosine(), of="100%") >> linear("10%", final=0.05)',
    ),
    Row(40, "linear cosine", "linear_cosine(2, alpha=0.1, beta=0.01)"),
    Row(41, "noisy linear cosine", "noisy_linear_cosine(2, deviation=0.1, seed=3)"),
    Row(42, "hyperbolic tangent", "tanh(final=0.1)"),
    Row(43, "triangular cycles", "triangular(100, 150, low=0.1).repeat()"),
    Row(44, "triangular2", "triangular2(100, low=0.1)"),
    Row(45, "exp_range", "exp_range(100, low=0.1, factor=0.999)"),
    Row(
        46,
        "cycles scaled by the user",
        "triangular(100).repeat() "
        '* piecewise([200, 400, 600], [1, 0.7, 0.5, 0.4], shape="constant")',
        "Any factor: one value a cycle, or tabulated(function, horizon=…) for one a step.",
    ),
    Row(47, "one cycle, two phases", 'one_cycle("30%")'),
    Row(48, "one cycle, three phases", 'one_cycle("30%", shape="linear", phases=3)'),
    Row(
        49,
        "one cycle in stairs, inverse-time tail",
        "glide(200, final=1, start=0.1, every=20) >> glide(200, final=0.1, every=20) "
        ">> inverse_time(0.5, every=50)",
    ),
    Row(50, "slanted triangular", 'slanted_triangular("10%", ratio=32)'),
    Row(51, "tri-stage", "tri_stage(100, 300, final=0.05)"),
    Row(52, "WSD, linear", 'wsd(100, "20%")', "The trapezoid."),
    Row(53, "WSD, cosine", 'wsd(100, "20%", shape="cosine")', "fastai's flat-cos."),
    Row(54, "WSD, 1 − √x", 'wsd(100, "20%", shape="1-sqrt")'),
    Row(55, "WSD, 1 − x^p", 'wsd(100, "20%", shape="power", power=2)'),
    Row(56, "WSD, exponential", 'wsd(100, "20%", shape="exponential", ratio=0.5)'),
    Row(57, "WSD-S", 'wsd_s(3, 100, "20%")'),
    Row(
        58,
        "rsqrt trunk with cooldown",
        'warmup(100) >> rsqrt(100) * (hold() >> linear("20%"))',
    ),
    Row(59, "REX", "rex()"),
    Row(60, "fractal Chebyshev steps", "chebyshev(16)"),
    Row(61, "SWA's anneal to a constant", 'swa("50%", 100, final=0.05)'),
    Row(
        62,
        "lr range test",
        'glide(start=0.001, final=0.002, span=50, every=50, beyond="on")',
        "DeepSpeed's stairs; without every it is smooth; range_test() grows exponentially.",
    ),
    Row(63, "phases in order", "warmup(100) >> hold(200) >> linear()"),
    Row(
        64,
        "product, and other operators",
        "linear() * step(300, factor=0.5)",
        "Scaling is 0.5 * s, clipping s.clip(…), noise noisy(s, …), another end take(s, …) >> …; "
        "composer's scale-schedule ratio is another horizon, since durations may be shares.",
    ),
    Row(
        65,
        "another hyper-parameter in proportion",
        "proportional(cosine(), 0.95, 0.85)",
        "In a plan: Plan(lr=s, momentum=absolute(proportional(s, 0.95, 0.85))).",
    ),
    Row(66, "linear warmup", "warmup(100, 0.1) >> hold()"),
    Row(67, "constant warmup", 'warmup(100, 0.1, shape="constant") >> hold()'),
    Row(68, "cosine warmup", 'warmup(100, shape="cosine") >> hold()'),
    Row(69, "1 − √(1 − x) warmup", 'warmup(100, reach="next", shape="1-sqrt") >> hold()'),
    Row(70, "logarithmic warmup", 'warmup(100, shape="log") >> hold()'),
    Row(71, "polynomial warmup", 'warmup(100, reach="next", shape="power", power=2) >> hold()'),
)
"""The survey's rows 1 to 71, in order; what follows there is feedback, not a schedule."""

NEWER: tuple[Row, ...] = (
    Row(0, "power decay", "polynomial(power=1.5)", "(1 − t/T)^p."),
    Row(0, "harmonic cooldown", 'wsd(100, "20%", "harmonic", final=0.1)', "1/lr goes in a line."),
    Row(0, "anytime, constant", "anytime(100, cooldown=200)", "Without cooldown: the trunk."),
    Row(0, "anytime, 1/√t", 'anytime(100, "rsqrt", "20%", timescale=50)'),
    Row(0, "power scheduler", "power_scheduler(300, 100, 100)", "Give flat in tokens."),
    Row(0, "explore, then exploit (knee)", "knee(500, 100)"),
    Row(0, "an end before the planned one", "take(cosine(), 800, of=5_000) >> linear()"),
)
"""What came after the survey, or was not in a library then."""
