"""Properties every schedule has, on schedules that Hypothesis makes up."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lehr.errors import ScheduleError
from lehr.schedule import (
    Schedule,
    constant,
    cosine,
    decay,
    exponential,
    hold,
    linear,
    maximum,
    minimum,
    multi_step,
    noisy,
    parse,
    piecewise,
    polynomial,
    polynomial_cycles,
    power_law,
    proportional,
    reciprocal,
    rex,
    rsqrt,
    step,
    take,
    warmup,
)
from lehr.schedule.algebra import Absolute, Clip, Extremum, Product, Scaled, Sequence
from lehr.schedule.factors import Falling, MultiStep
from lehr.schedule.maps import Proportional, Reciprocal
from lehr.schedule.noise import Noisy, round_keys, uniform
from lehr.schedule.phases import Constant, Hold, Warmup
from lehr.schedule.piecewise import Piecewise
from lehr.schedule.ramps import Ramp
from lehr.schedule.repeat import Repeat
from lehr.schedule.shapes import NUMPY
from lehr.schedule.take import Take

levels = st.sampled_from([0, 0.1, 0.3, 0.5, 1, 1.7]) | st.floats(0, 3)
factors = st.sampled_from([0.1, 0.5, 0.9, 1.3])
durations = st.integers(1, 8) | st.sampled_from(["10%", "7.5%", "20%", "3.3%"])
starts = st.none() | levels


RAMPS = ("linear", "cosine", "polynomial", "rex", "1-sqrt", "power", "half-cosine", "exponential")


@st.composite
def ramps(draw: st.DrawFn, duration: st.SearchStrategy[int | str | None]) -> Schedule:
    n, final, start = draw(duration), draw(levels), draw(starts)
    kind = draw(st.sampled_from(RAMPS))
    power = draw(st.sampled_from([0.5, 1, 2, 3.5]))
    if kind == "polynomial":
        return polynomial(n, power, final, start=start)
    if kind == "power":
        return decay(n, "power", final, power=power, start=start)
    if kind in ("1-sqrt", "half-cosine"):
        return decay(n, kind, final, start=start)
    if kind == "exponential":
        return decay(n, kind, final, ratio=draw(st.sampled_from([0.1, 0.5, 3])), start=start)
    return {"linear": linear, "cosine": cosine, "rex": rex}[kind](n, final, start=start)


@st.composite
def warmups(draw: st.DrawFn) -> Schedule:
    shape = draw(st.sampled_from(["linear", "cosine", "1-sqrt", "power", "constant"]))
    reach = "last" if shape == "constant" else draw(st.sampled_from(["last", "next"]))
    power = draw(factors) if shape == "power" else None
    return warmup(draw(durations), draw(levels), reach, shape, power=power)


closed = ramps(durations) | warmups() | st.builds(hold, durations)
opened = (
    ramps(st.none())
    | st.just(hold())
    | st.builds(constant, levels)
    | st.builds(exponential, factors, durations)
    | st.builds(step, durations, factors)
    | st.builds(multi_step, st.just([2, "40%", "70%"]), factors)
    | st.builds(rsqrt, durations)
    | st.builds(
        lambda n, p, r, form: power_law(n, p, rate=r, form=form),
        durations,
        factors,
        factors,
        st.sampled_from(["shifted", "stairs", "held"]),
    )
    | st.builds(polynomial_cycles, durations, factors, levels)
    | st.builds(
        lambda values, shape: piecewise([2, "40%", "70%"], values, shape),
        st.lists(levels, min_size=4, max_size=4),
        st.sampled_from(["linear", "cosine", "constant"]),
    )
)


@st.composite
def in_order(draw: st.DrawFn, middle: st.SearchStrategy[Schedule]) -> Schedule:
    before, after = (draw(st.lists(closed, max_size=2)) for _ in range(2))
    first, *others = [*before, draw(middle), *after]
    for part in others:
        first = first >> part
    return first


hows = st.sampled_from(["times", "plus"])


def combined(inner: st.SearchStrategy[Schedule]) -> st.SearchStrategy[Schedule]:
    counts = st.integers(1, 4)
    ratios = st.sampled_from([1, 2, 0.5, 1.5])
    return st.one_of(
        in_order(inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: minimum(a, b), inner, inner),
        st.builds(lambda a, b, c: maximum(a, b, c), inner, inner, inner),
        st.builds(lambda a, f: f * a, inner, factors),
        # a part above 1 that is carried downwards goes below 0, as it says
        st.builds(lambda a, b, c: proportional(a.clip(min=0, max=1), b, c), inner, levels, levels),
        st.builds(reciprocal, inner, st.sampled_from([0.5, 4, 100])),
        st.builds(lambda a, d, how: noisy(a, d, fade=0.5, how=how), inner, factors, hows),
        st.builds(lambda a, of: take(a, None, of), inner, st.sampled_from([None, "100%", 500])),
        st.builds(lambda a, low: a.clip(min=low, max=low + 0.5), inner, levels),
        st.builds(
            lambda a, n, s, k: a.repeat(n, stretch=s, shrink=k), inner, counts, ratios, factors
        ),
        st.builds(
            lambda a, s, k: a.repeat(stretch=s, shrink=k),
            cycles,
            st.sampled_from([1, 1.5]),
            factors,
        ),
    )


whole_steps = st.integers(2, 6)
cycles = ramps(whole_steps) | st.builds(lambda a, b: a >> b, ramps(whole_steps), ramps(whole_steps))
schedules = st.recursive(opened, combined, max_leaves=5)
horizons = st.integers(60, 400)


def bind(schedule: Schedule, horizon: int):
    """Bind, leaving aside what does not fit."""
    try:
        return schedule.over(horizon)
    except ScheduleError:
        assume(False)
        raise


@given(schedules, horizons)
def test_scalars_slices_and_arrays_agree_to_the_bit(schedule: Schedule, horizon: int) -> None:
    """One value costs nothing in accuracy: p(t), p[t], slices and shuffled steps are the array."""
    p = bind(schedule, horizon)
    values = p.values()
    assert values.dtype == np.float64
    assert [p(t) for t in range(0, horizon, 7)] == values[::7].tolist()
    assert p[5:50:3].tolist() == values[5:50:3].tolist()
    shuffled = np.random.default_rng(0).permutation(horizon)
    assert p.at(shuffled).tolist() == values[shuffled].tolist()
    assert list(p) == values.tolist()


@given(schedules, horizons, st.data())
def test_a_run_resumed_at_any_step_is_the_straight_run(
    schedule: Schedule, horizon: int, data: st.DataObject
) -> None:
    """Values from k on do not depend on the steps before k, nor on where the object came from."""
    p = bind(schedule, horizon)
    k = data.draw(st.integers(0, horizon))
    again = pickle.loads(pickle.dumps(p))
    assert again == p
    assert hash(again) == hash(p)
    assert again.values(k).tolist() == p.values()[k:].tolist()


@given(schedules | cycles | closed)
def test_the_text_form_is_the_schedule(schedule: Schedule) -> None:
    """parse(repr(s)) == s, with equal hash and text, whatever s is."""
    again = parse(repr(schedule))
    assert again == schedule
    assert hash(again) == hash(schedule)
    assert repr(again) == repr(schedule)


@given(schedules, horizons)
def test_the_last_value_holds_past_the_end(schedule: Schedule, horizon: int) -> None:
    """p(horizon) and every later step are one finite value of at least 0."""
    p = bind(schedule, horizon)
    assert p(horizon) == p(horizon + 1) == p(10 * horizon)
    values = p.values(0, horizon + 3)
    assert np.isfinite(values).all()
    assert (values >= 0).all()


@given(st.lists(closed, min_size=3, max_size=5), st.data())
def test_joining_is_associative(parts: list[Schedule], data: st.DataObject) -> None:
    """Phases in order are one value however the >> are grouped."""
    k = data.draw(st.integers(1, len(parts) - 1))

    def chain(items: list[Schedule]) -> Schedule:
        first, *others = items
        for part in others:
            first = first >> part
        return first

    assert chain(parts[:k]) >> chain(parts[k:]) == chain(parts)


@given(ramps(st.none()), st.integers(1, 500))
def test_a_ramp_stays_between_its_ends_and_meets_both_exactly(ramp: Schedule, n: int) -> None:
    """No rounding carries a ramp past its start or its final value."""
    assert isinstance(ramp, Ramp)
    first = 1.0 if ramp.start is None else ramp.start
    p = ramp.over(n)
    low, high = sorted((first, ramp.final))
    assert p(0) == first
    assert p(n) == ramp.final
    assert low <= p.values().min() <= p.values().max() <= high


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_share_becomes_the_nearest_step(per_myriad: int, horizon: int) -> None:
    """Shares are exact: floor(fraction·span + ½) steps, with no float in between."""
    share = Fraction(per_myriad, 10_000)
    steps = math.floor(share * horizon + Fraction(1, 2))
    schedule = linear(f"{per_myriad / 100}%", final=0.5) >> constant(0.25)
    if not 1 <= steps < horizon:
        with pytest.raises(ScheduleError):
            schedule.over(horizon)
        return
    p = schedule.over(horizon)
    assert p(steps) == 0.25
    assert p(steps - 1) > 0.5


@settings(max_examples=200)
@given(schedules, st.integers(60, 150))
def test_the_vectorised_evaluation_agrees_with_the_plain_one(
    schedule: Schedule, horizon: int
) -> None:
    """Rows, gathers and masks give what a loop over phases in plain Python gives."""
    p = bind(schedule, horizon)
    plain = [twin(schedule, t, horizon, horizon, 1.0, Fraction(1)) for t in range(horizon + 1)]
    np.testing.assert_allclose(p.values(0, horizon + 1), plain, rtol=1e-12, atol=1e-13)


# --- the slow reference twin: one step at a time, plain Python, nothing shared with the package ---


def rounded(exact: Fraction) -> int:
    return math.floor(exact + Fraction(1, 2))


def steps_of(duration, span: int, stretch: Fraction) -> int:
    if duration.unit == "%":
        return rounded(duration.amount * span / 100)
    return rounded(duration.amount * stretch)


def length_of(s: Schedule, span: int, stretch: Fraction) -> int | None:
    if isinstance(s, Sequence):
        lengths = [length_of(part, span, stretch) for part in s.parts]
        return None if None in lengths else sum(n for n in lengths if n is not None)
    if isinstance(s, Product | Extremum):
        lengths = [length_of(part, span, stretch) for part in s.parts]
        return next((n for n in lengths if n is not None), None)
    if isinstance(s, Scaled | Clip | Absolute | Proportional | Reciprocal | Noisy):
        return length_of(s.part, span, stretch)
    if isinstance(s, Repeat):
        if s.n is None or s.cycle.extent != "fixed":
            return None
        ratio = Fraction(repr(s.stretch))
        return sum(length_of(s.cycle, span, stretch * ratio**k) or 0 for k in range(s.n))
    duration = getattr(s, "duration", None)
    return None if duration is None else steps_of(duration, span, stretch)


def twin(
    s: Schedule, t: int, length: int, span: int, level: float, stretch: Fraction, cut: bool = False
) -> float:
    """Return one value; `cut`: t is where the schedule is cut, and no later phase begins."""
    match s:
        case Warmup():
            x = min(1.0, (t + (s.reach == "last" and s.shape != "constant")) / length)
            done = {
                "linear": x,
                "cosine": (1 - math.cos(math.pi * x)) / 2,
                "1-sqrt": 1 - math.sqrt(1 - x),
                "power": x ** (s.power or 1),
                "constant": x // 1,
            }
            return s.start + (1 - s.start) * done[s.shape]
        case Hold():
            return level
        case Constant():
            return s.factor
        case Ramp():
            x, p = t / length, s.curve.parameter
            left = {
                "linear": 1 - x,
                "cosine": (1 + math.cos(math.pi * x)) / 2,
                "polynomial": (1 - x) ** p if p else 0,
                "power": 1 - x**p if p else 0,
                "1-sqrt": 1 - math.sqrt(x),
                "rex": (1 - x) / (1 - x / 2),
                "half_cosine": 1 + math.cos(math.pi * (1 + x) / 2),
                "ratio": (p**x - p) / (1 - p) if p != 1 else 0,
            }[s.curve.shape]
            return s.final + ((level if s.start is None else s.start) - s.final) * left
        case Falling():
            every = steps_of(s.every, span, stretch)
            if s.curve.shape == "rsqrt":
                return level * math.sqrt(every / (every + t))
            if s.curve.shape == "catching_up":
                left = (1 - t / (every * max(1, math.ceil(t / every)))) ** s.curve.parameter
                return s.final + (level - s.final) * left
            if s.curve.shape in ("power_law", "power_stairs", "tail"):
                power, rate = s.curve.parameters
                x = rate * (t // every if s.curve.shape == "power_stairs" else t / every)
                return level * (max(1, x) if s.curve.shape == "tail" else 1 + x) ** -power
            exponent = t / every if s.curve.shape == "exponential" else t // every
            return level * s.curve.parameter**exponent
        case Piecewise():
            return twin_of_points(s, t, length, span, stretch, cut)
        case Take():
            n = length if s.of is None else steps_of(s.of, span, stretch)
            return twin(s.part, t, n, n, level, stretch, cut or t == length < n)
        case Proportional():
            return s.low + (s.high - s.low) * twin(s.part, t, length, span, 1.0, stretch, cut)
        case Reciprocal():
            return 1 / max(twin(s.part, t, length, span, 1.0, stretch, cut), 1 / s.most)
        case Noisy():
            first, second = (
                uniform(np.array([t]), round_keys(s.seed, k), NUMPY)[0] for k in (0, 1)
            )
            normal = math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)
            noise = s.deviation * (t + 1) ** (-s.fade / 2) * normal
            value = twin(s.part, t, length, span, level, stretch, cut)
            return max(0.0, value * (1 + noise) if s.how == "times" else value + noise)
        case MultiStep():
            passed = sum(steps_of(mark, span, stretch) <= t - cut for mark in s.milestones)
            return level * s.factor**passed
        case Scaled():
            return s.factor * twin(s.part, t, length, span, level, stretch, cut)
        case Clip():
            inner = twin(s.part, t, length, span, level, stretch, cut)
            return min(max(inner, s.low or 0), math.inf if s.high is None else s.high)
        case Product():
            first, *others = s.parts
            value = twin(first, t, length, span, level, stretch, cut)
            for part in others:
                value *= twin(part, t, length, span, 1.0, stretch, cut)
            return value
        case Extremum():
            values = [twin(part, t, length, span, level, stretch, cut) for part in s.parts]
            return min(values) if s.how == "minimum" else max(values)
        case Sequence():
            own = [length_of(part, span, stretch) for part in s.parts]
            rest = length - sum(n or 0 for n in own)
            lengths = [rest if n is None else n for n in own]
            begin = 0
            for part, n in zip(s.parts, lengths, strict=True):
                if t < begin + n + cut or begin + n == length:
                    return twin(part, t - begin, n, span, level, stretch, cut)
                level = twin(part, n, n, span, level, stretch)
                begin += n
        case Repeat():
            return twin_of_cycles(s, t, length, span, level, stretch, cut)
    raise AssertionError(s)


def twin_of_points(
    s: Piecewise, t: int, length: int, span: int, stretch: Fraction, cut: bool
) -> float:
    marks = [0, *(steps_of(mark, span, stretch) for mark in s.marks)]
    k = max(i for i, mark in enumerate(marks) if mark <= t - (cut and t > 0))
    if s.shape == "constant" or k == len(marks) - 1:
        return s.levels[k]
    x = (t - marks[k]) / (marks[k + 1] - marks[k])
    left = 1 - x if s.shape == "linear" else (1 + math.cos(math.pi * x)) / 2
    return s.levels[k + 1] + (s.levels[k] - s.levels[k + 1]) * left


def twin_of_cycles(
    s: Repeat, t: int, length: int, span: int, level: float, stretch: Fraction, cut: bool
) -> float:
    ratio = Fraction(repr(s.stretch))
    own = s.cycle.extent == "fixed"
    begin, k = 0, 0
    while True:
        if own:
            stretched = stretch * ratio**k
            n = length_of(s.cycle, span, stretched) or 0
            inner_span = span
        else:
            assert s.n is not None
            total = sum(ratio**j for j in range(s.n))
            stop = rounded(length * sum((ratio**j for j in range(k + 1)), Fraction(0)) / total)
            stretched, n = stretch, stop - begin
            inner_span = n
        if t < begin + n + cut or begin + n >= length:
            cut_here = cut or (t == length < begin + n)
            return s.shrink**k * twin(s.cycle, t - begin, n, inner_span, level, stretched, cut_here)
        begin, k = begin + n, k + 1
