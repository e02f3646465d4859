"""Every schedule of the survey is here, and is its formula: plain Python, row by row."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

import lehr
from lehr import Plan, Schedule, parse
from lehr.catalog.rows import NEWER, ROWS, Row
from lehr.catalog.tabulated import tabulated
from lehr.errors import ScheduleError

Formula = Callable[[int, int], float]
HORIZONS = (1_000, 1_237, 2_048)


def share(percent: float, span: int) -> int:
    """Round a share as documented: to the nearest step, halves up."""
    return math.floor(percent / 100 * span + 0.5)


def half(x: float) -> float:
    return (1 + math.cos(math.pi * x)) / 2


def cycles(t: int, edges: list[int]) -> tuple[int, float, int]:
    """Return the number of the cycle t is in, the step within it, and its length."""
    k = max(i for i in range(len(edges) - 1) if edges[i] <= t)
    return k, t - edges[k], edges[k + 1] - edges[k]


def equal_edges(start: int, stop: int, count: int) -> list[int]:
    span = stop - start
    return [start + math.floor(span * k / count + 0.5) for k in range(count + 1)]


def wsd(shape: Callable[[float], float]) -> Formula:
    def formula(t: int, horizon: int) -> float:
        down = share(20, horizon)
        if t < 100:
            return (t + 1) / 100
        return 1.0 if t < horizon - down else shape((t - horizon + down) / down)

    return formula


def warmed(rise: Callable[[int], float]) -> Formula:
    return lambda t, _: rise(t) if t < 100 else 1.0


def between(points: list[tuple[int, float]], way: Callable[[float], float]) -> Formula:
    def formula(t: int, _: int) -> float:
        for (a, first), (b, last) in pairwise(points):
            if t < b:
                return last + (first - last) * way((t - a) / (b - a))
        return points[-1][1]

    return formula


def restarts(t: int, _: int) -> float:
    begin, length, k = 0, 100, 0
    while t >= begin + length:
        begin, length, k = begin + length, length * 2, k + 1
    return 0.1 + 0.9 * 0.5**k * half((t - begin) / length)


def given_restarts(t: int, horizon: int) -> float:
    if t < 200:
        return 0.1 + 0.9 * half(t / 200)
    if t < 500:
        return 0.1 + 0.4 * half((t - 200) / 300)
    return 0.1 + 0.7 * half((t - 500) / (horizon - 500))


def warmed_restarts(t: int, horizon: int) -> float:
    k, s, n = cycles(t, equal_edges(0, horizon, 3))
    w = share(10, n)
    return 0.7**k * ((s + 1) / w if s < w else half((s - w) / (n - w)))


def triangle(t: int, up: int, down: int) -> float:
    s = t % (up + down)
    return s / up if s < up else 1 - (s - up) / down


def bent_cosine(t: int, horizon: int) -> float:
    turn = horizon - share(10, horizon)
    if t < turn:
        return half(t / horizon)
    return 0.05 + (half(turn / horizon) - 0.05) * (horizon - t) / (horizon - turn)


def linear_cosine(t: int, horizon: int) -> float:
    x = t / horizon
    return (0.1 + 1 - x) * (1 + math.cos(2 * math.pi * 2 * x)) / 2 + 0.01


def uniform(t: int, seed: int, stream: int) -> float:
    """Return the documented permutation of step numbers, in integers of any size."""
    mask, state, right, left = 2**64 - 1, seed * 2 + stream, t % 65_536, t // 65_536 % 65_536
    for _ in range(12):
        state = (state + 0x9E3779B97F4A7C15) & mask
        word = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
        key = (word ^ (word >> 31)) % 65_536
        mixed = (right + key) % 65_536 * 31_153
        mixed = (mixed // 512 + mixed % 512) % 65_536 * 28_019
        left, right = right, (left + mixed // 2_048) % 65_536
    return (left * 65_536 + right + 0.5) / 2**32


def noisy_linear_cosine(t: int, horizon: int) -> float:
    x = t / horizon
    normal = math.sqrt(-2 * math.log(uniform(t, 3, 0))) * math.cos(2 * math.pi * uniform(t, 3, 1))
    line = max(0.0, 1 - x + 0.1 * normal * (t + 1) ** (-0.55 / 2))
    return line * (1 + math.cos(2 * math.pi * 2 * x)) / 2 + 0.001


def one_cycle(t: int, horizon: int) -> float:
    n = share(30, horizon)
    if t < n:
        return 0.04 + 0.96 * (1 - half(t / n))
    return 4e-6 + (1 - 4e-6) * half((t - n) / (horizon - n))


def three_phases(t: int, horizon: int) -> float:
    n = share(30, horizon)
    if t < 2 * n:
        return 0.04 + 0.96 * (t / n if t < n else (2 * n - t) / n)
    return 4e-6 + (0.04 - 4e-6) * (horizon - t) / (horizon - 2 * n)


def stairs(t: int, _: int) -> float:
    if t < 400:
        s = t % 200 // 20 * 20 / 200
        return 0.1 + 0.9 * (s if t < 200 else 1 - s)
    return 0.1 / (1 + 0.5 * (t - 400) / 50)


def slanted(t: int, horizon: int) -> float:
    cut = share(10, horizon)
    p = t / cut if t < cut else 1 - (t - cut) / (horizon - cut)
    return (1 + p * (32 - 1)) / 32


def wsd_s(t: int, horizon: int) -> float:
    if t < 100:
        return (t + 1) / 100
    _, s, n = cycles(t, equal_edges(100, horizon, 3))
    down = share(20, n)
    return min(1.0, (n - s) / down)


def cooled_rsqrt(t: int, horizon: int) -> float:
    if t < 100:
        return (t + 1) / 100
    return math.sqrt(100 / t) * min(1.0, (horizon - t) / share(20, horizon))


def tailed_power(t: int, horizon: int) -> float:
    turn = horizon - share(10, horizon)
    if t < turn:
        return (t + 1) / 100 if t < 100 else (t / 100) ** -0.51
    return 0.01 + ((turn / 100) ** -0.51 - 0.01) * (horizon - t) / (horizon - turn)


def chebyshev(t: int, horizon: int) -> float:
    edges = [share(100 * i / 16, horizon) for i in range(17)]
    part = max(i for i in range(16) if edges[i] <= t)
    order = [0]
    for n in (1, 2, 4, 8):
        order = [k for j in order for k in (j, 2 * n - 1 - j)]
    node = 0.525 - 0.475 * math.cos((order[part] + 0.5) * math.pi / 16)
    return 1 / node


def swa(t: int, horizon: int) -> float:
    start = share(50, horizon)
    return 0.05 + 0.95 * half(min(1.0, max(0.0, (t - start) / 100)))


def tri_stage(t: int, horizon: int) -> float:
    if t < 400:
        return min(1.0, 0.01 + 0.99 * t / 100)
    return 0.05 ** ((t - 400) / (horizon - 400))


FORMULAS: dict[int, Formula] = {
    1: lambda _, __: 1.0,
    2: lambda t, _: 0.3 if t < 100 else 1.0,
    3: lambda t, T: 0.8 + (0.1 - 0.8) * min(t, share(60, T)) / share(60, T),
    4: lambda t, T: 0.9 * (1 - min(t, share(80, T)) / share(80, T)) ** 2 + 0.1,
    5: lambda t, _: 0.9 * (1 - t / (150 * max(1, math.ceil(t / 150)))) ** 2 + 0.1,
    7: lambda t, _: 0.5 ** (t / 300),
    8: lambda t, _: math.exp(-0.005 * t),
    9: lambda t, T: 0.5 * (0.001 / 0.5) ** (t / T),
    10: lambda t, _: 0.5 ** (t // 300),
    11: lambda t, T: 0.2 ** ((t >= 100) + (t >= share(50, T))),
    12: lambda t, _: 1.0 if t < 100 else 0.5 if t < 400 else 0.05,
    13: between([(0, 0), (100, 1), (400, 0.2)], lambda x: 1 - x),
    14: between([(0, 0.1), (100, 1), (400, 0.2)], half),
    15: lambda t, _: 1 / (1 + 2 * t / 100),
    16: lambda t, _: 1 / (1 + 2 * (t // 100)),
    17: between([(0, 1), (1, 0.5), (2, 0.7), (5, 0.2)], lambda x: 1 - x),
    18: lambda t, _: math.prod([0.9, 0.8, 0.7][: min(t, 3)]),
    19: lambda t, _: t / 100 if t < 100 else math.sqrt(100 / t),
    20: lambda t, _: t / 100 if t < 100 else ((t - 100 + 50) / 50) ** -0.5,
    21: lambda t, _: 512**-0.5 * min((t + 1) ** -0.5, (t + 1) * 400**-1.5),
    22: lambda t, _: t / 100 if t < 100 else 100**0.7 / max(100, t - 200) ** 0.7,
    23: lambda t, _: 1 / math.sqrt(max(t, 100)),
    24: tailed_power,
    25: lambda t, _: min((t - 50) ** -0.5, 0.2) if t > 50 else 0.2,
    26: lambda t, T: max(0.1, (1 - t / T) ** 0.5),
    27: lambda t, T: 0.1 + 0.9 * half(min(1.0, t / share(90, T))),
    28: lambda t, _: 0.1 + 0.9 * half(t / 200),
    29: lambda t, T: (t + 1) / 100 if t < 100 else 0.1 + 0.9 * half(min(1.0, (t - 99) / (T - 100))),
    30: lambda t, T: half(t / T) ** 1.5,
    31: lambda t, T: half((t / T) ** 2),
    32: lambda t, T: (1 - (t / T) ** 1.5) ** 0.9,
    33: restarts,
    34: given_restarts,
    35: lambda t, T: half((4 * t) % T / T),
    36: warmed_restarts,
    37: lambda t, T: 0.1 + 0.9 * half(min(1.0, t / (T - share(10, T)))),
    38: lambda t, T: 0.1 + 0.9 * 2 * half((1 + t / T) / 2),
    39: bent_cosine,
    40: linear_cosine,
    41: noisy_linear_cosine,
    42: lambda t, T: 0.1 + 0.9 * (1 - math.tanh(-7 * (1 - t / T) + 3 * t / T)) / 2,
    43: lambda t, _: 0.1 + 0.9 * triangle(t, 100, 150),
    44: lambda t, _: 0.1 + 0.9 * triangle(t, 100, 100) * 0.5 ** (t // 200),
    45: lambda t, _: 0.1 + 0.9 * triangle(t, 100, 100) * 0.999**t,
    46: lambda t, _: triangle(t, 100, 100) * [1, 0.7, 0.5, 0.4][min(3, t // 200)],
    47: one_cycle,
    48: three_phases,
    49: stairs,
    50: slanted,
    51: tri_stage,
    52: wsd(lambda x: 1 - x),
    53: wsd(half),
    54: wsd(lambda x: 1 - math.sqrt(x)),
    55: wsd(lambda x: 1 - x**2),
    56: wsd(lambda x: 2 * 0.5**x - 1),
    57: wsd_s,
    58: cooled_rsqrt,
    59: lambda t, T: (1 - t / T) / (1 - t / T / 2),
    60: chebyshev,
    61: swa,
    62: lambda t, _: 0.001 * (1 + t // 50),
    63: lambda t, T: (t + 1) / 100 if t < 100 else min(1.0, (T - t) / (T - 300)),
    64: lambda t, T: (1 - t / T) * 0.5 ** (t // 300),
    65: lambda t, T: 0.95 + (0.85 - 0.95) * half(t / T),
    66: warmed(lambda t: 0.1 + 0.9 * (t + 1) / 100),
    67: warmed(lambda _: 0.1),
    68: warmed(lambda t: 1 - half((t + 1) / 100)),
    69: warmed(lambda t: 1 - math.sqrt(1 - t / 100)),
    70: warmed(lambda t: math.log(t + 1) / math.log(100)),
    71: warmed(lambda t: (t / 100) ** 2),
}


def harmonic(x: float) -> float:
    return 1 / (x / 0.1 + 1 - x)


NEWER_FORMULAS: dict[str, Formula] = {
    "power decay": lambda t, T: (1 - t / T) ** 1.5,
    "harmonic cooldown": wsd(harmonic),
    "anytime, constant": lambda t, T: (
        (t + 1) / 100 if t < 100 else 1 - math.sqrt(max(0, t - T + 200) / 200)
    ),
    "anytime, 1/√t": lambda t, T: (
        (t + 1) / 100
        if t < 100
        else math.sqrt(50 / (50 + t - 100))
        * (1 - math.sqrt(max(0, t - T + share(20, T)) / share(20, T)))
    ),
    "power scheduler": lambda t, T: (
        min((t + 1) / 100, 1.0, (T - t) / 100) * (max(t, 300) / 300) ** -0.51
    ),
    "explore, then exploit (knee)": lambda t, T: min((t + 1) / 100, 1.0, (T - t) / (T - 600)),
    "an end before the planned one": lambda t, T: (
        half(t / 5_000) if t < 800 else half(800 / 5_000) * (T - t) / (T - 800)
    ),
}

WRITTEN = [(row, FORMULAS[row.number]) for row in ROWS if row.text] + [
    (row, NEWER_FORMULAS[row.name]) for row in NEWER
]


def test_every_row_of_the_survey_is_named_once() -> None:
    """Rows 1 to 71 in order; the one that is left out says why; nothing newer is unchecked."""
    assert [row.number for row in ROWS] == list(range(1, 72))
    assert [row.number for row in ROWS if not row.text] == [6]
    assert "defect" in ROWS[5].note
    assert {row.number for row in ROWS if row.text} == set(FORMULAS)
    assert [row.name for row in NEWER] == list(NEWER_FORMULAS)


@pytest.mark.parametrize(
    ("row", "formula"), WRITTEN, ids=[f"{r.number} {r.name}" for r, _ in WRITTEN]
)
def test_its_text_is_its_formula(row: Row, formula: Formula) -> None:
    """At every step of several horizons, and where the text is read back."""
    schedule = parse(row.text)
    assert isinstance(schedule, Schedule)
    assert lehr.schedule.parse(repr(schedule)) == schedule
    for horizon in HORIZONS:
        steps = range(horizon if row.number == 35 else horizon + 1)  # 35 begins again at the end
        expected = [formula(t, horizon) for t in steps]
        values = schedule.over(horizon).values(0, len(steps))
        np.testing.assert_allclose(values, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("row", [row for row, _ in WRITTEN], ids=lambda row: row.name)
def test_tensors_go_through_the_same_formula(row: Row) -> None:
    """Torch gives what numpy gives, in double precision, for every row."""
    torch = pytest.importorskip("torch")
    p = parse(row.text).over(1_000)
    np.testing.assert_allclose(p.at(torch.arange(1_001), torch), p.values(0, 1_001), atol=1e-12)


TRACED = ("noisy_linear_cosine()", "tanh()", "polynomial_cycles(70)", "0.1 * reciprocal(rex(), 9)")


@pytest.mark.parametrize("text", TRACED)
def test_it_may_be_compiled(text: str) -> None:
    """The formulas have no branch on the step: jax traces them, in single precision."""
    jax = pytest.importorskip("jax")
    p = parse(text).over(1_000)
    values = jax.jit(lambda t: p.at(t, jax.numpy))(jax.numpy.arange(1_001))
    np.testing.assert_allclose(values, p.values(0, 1_001), atol=2e-5)


def test_a_users_function_is_sampled_exactly() -> None:
    """Rows 17 and 18: without tolerance every step is the function's own value."""

    def wild(t: int) -> float:
        return 0.5 + 0.4 * math.sin(t * t / 7)

    for horizon in (1, 2, 50, 300):
        s = tabulated(wild, horizon=horizon, tolerance=0)
        np.testing.assert_allclose(
            s.over(horizon).values(0, horizon + 1),
            [wild(t) for t in range(horizon + 1)],
            rtol=1e-14,
        )
        assert parse(repr(s)) == s
    factors = tabulated(lambda t: 1 - 1 / (t + 1), horizon=40, tolerance=0, compounding=True)
    expected = [math.prod(1 - 1 / (s + 1) for s in range(1, t + 1)) for t in range(41)]
    np.testing.assert_allclose(factors.over(40).values(0, 41), expected, rtol=1e-14)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4])
def test_a_smooth_function_needs_few_points(tolerance: float) -> None:
    """Lines pass every value within the tolerance, with far fewer points than steps."""
    s = tabulated(lambda t: half(t / 5_000), horizon=5_000, tolerance=tolerance)
    error = np.abs(s.over(5_000).values(0, 5_001) - lehr.cosine().over(5_000).values(0, 5_001))
    assert error.max() <= tolerance * 1.001
    assert len(repr(s)) < 3_000


def test_a_function_with_too_many_corners_says_so() -> None:
    """A text has a largest length; nothing is thinned out silently."""
    with pytest.raises(ScheduleError, match="too many corners"):
        tabulated(lambda t: t % 2 + 1 / 3, horizon=900)
    with pytest.raises(ScheduleError, match="step 3"):
        tabulated(lambda t: 1 - t / 2, horizon=5)


SEARCHED = (
    "exp_range triangular2 knee sgdr noam tanh polynomial_restarts inverse_time linear_cosine "
    "noisy_linear_cosine trapezoid warmup_cosine half_cosine budgeted step_warmup "
    "natural_exponential inverse_sqrt cosine_restarts slanted_triangular tri_stage wsd_s "
    "power_scheduler anytime range_test chebyshev swa rex geometric"
)


@pytest.mark.parametrize("name", SEARCHED.split())
def test_names_people_search_for_are_found(name: str) -> None:
    """Each is listed with a formula, and its first example is read and bound."""
    recipe = next(recipe for recipe in lehr.catalog.RECIPES if recipe.name == name)
    schedule = parse(recipe.examples[0])
    assert not isinstance(schedule, Plan)
    assert schedule.over(1_000)(999) >= 0
