"""What cannot be raises, says the rule, and says what to type."""

import pickle

import pytest

from lehr.errors import LehrError, ScheduleError
from lehr.schedule import (
    BoundSchedule,
    Clock,
    Plan,
    absolute,
    constant,
    cosine,
    decay,
    exponential,
    hold,
    linear,
    minimum,
    multi_step,
    noisy,
    piecewise,
    polynomial,
    power_law,
    reciprocal,
    rsqrt,
    step,
    take,
    warmup,
)

CASES = {
    "float duration": (lambda: warmup(0.05), '"5%" for a share'),
    "float steps": (lambda: warmup(500.0), "500 for steps"),
    "bool duration": (lambda: hold(True), "not a duration"),
    "zero steps": (lambda: linear(0), "at least 1"),
    "negative steps": (lambda: linear(-3), "at least 1"),
    "quoted steps": (lambda: warmup("500"), "without quotes"),
    "unknown unit": (lambda: warmup("5 epochs"), '"3ep"'),
    "zero share": (lambda: warmup("0%"), "above 0"),
    "share above the whole": (lambda: warmup("101%"), "at most 100%"),
    "endless number": (lambda: linear(10**5000), "2**53"),
    "negative multiplier": (lambda: linear(final=-0.1), "at least 0"),
    "nan": (lambda: constant(float("nan")), "finite"),
    "infinity": (lambda: linear(start=float("inf")), "finite"),
    "bool multiplier": (lambda: constant(True), "not a number"),
    "text multiplier": (lambda: constant("1"), "not a number"),
    "factor zero": (lambda: step(10, 0), "above 0"),
    "factor negative": (lambda: exponential(-0.5), "above 0"),
    "power zero": (lambda: polynomial(power=0), "above 0"),
    "power missing": (lambda: decay(shape="power"), "power=2"),
    "power in excess": (lambda: decay(shape="cosine", power=2), "leave out power"),
    "unknown shape": (lambda: decay(shape="1-sqr"), "did you mean 1-sqrt"),
    "unknown reach": (lambda: warmup(5, reach="first"), "last"),
    "reach without meaning": (lambda: warmup(5, reach="next", shape="constant"), "leave out reach"),
    "ratio of one": (lambda: decay(shape="exponential", ratio=1), "not 1"),
    "ratio missing": (lambda: decay(shape="exponential"), "ratio=2"),
    "geometric to zero": (lambda: decay(shape="geometric"), "final=0.01"),
    "harmonic from zero": (
        lambda: decay(shape="harmonic", final=0.1, start=0),
        "neither starts nor ends at 0",
    ),
    "geometric from a level of zero": (
        lambda: (linear(5) >> decay(shape="geometric", final=0.1)).over(10),
        "neither starts nor ends at 0",
    ),
    "bounds of another shape": (lambda: decay(lower=1), "leave out lower"),
    "bounds beyond float": (lambda: decay(shape="tanh", upper=400), "-300 and 300"),
    "warmup without power": (lambda: warmup(5, shape="power"), "power=2"),
    "log warmup of one step": (lambda: (warmup(1, shape="log") >> hold()).over(5), "longer warmup"),
    "unknown form": (lambda: power_law(5, form="stair"), "did you mean stairs"),
    "points that do not match": (lambda: piecewise([5], [1]), "one value more"),
    "points that fall": (lambda: piecewise([5, 3], [1, 0.5, 0.2]).over(9), "ascend"),
    "point beyond the end": (lambda: piecewise([10], [1, 0.5]).over(9), "never be used"),
    "value at the end alone": (
        lambda: piecewise([9], [1, 0.5], shape="constant").over(9),
        "never be used",
    ),
    "more taken than there is": (lambda: take(linear(), 9, of=5), "at most of"),
    "more taken than the share": (lambda: take(linear(), of="50%").over(9), "at most of"),
    "no bound": (lambda: reciprocal(linear(), 0), "above 0"),
    "bound beyond float": (lambda: reciprocal(linear(), 1e301), "1e300"),
    "no noise": (lambda: noisy(linear(), 0), "above 0"),
    "noise of an unknown kind": (lambda: noisy(linear(), 0.1, how="add"), "times"),
    "noise on an absolute": (lambda: noisy(absolute(linear()), 0.1), "outermost"),
    "no milestones": (lambda: multi_step([]), "at least one"),
    "milestones as text": (lambda: multi_step("50%"), "list"),
    "milestones that fall": (lambda: multi_step([5, 3]).over(10), "ascend"),
    "milestone that never fires": (lambda: multi_step([5, 10]).over(10), "never fire"),
    "two open phases": (lambda: hold() >> cosine(), "give all but one a duration"),
    "a number as a phase": (lambda: linear(5) >> 5, "hold(5)"),
    "clip without bounds": (lambda: linear().clip(), "min=0.01"),
    "clip upside down": (lambda: linear().clip(min=0.5, max=0.1), "min is at most max"),
    "minimum of one": (lambda: minimum(linear()), "at least two"),
    "minimum of a number": (lambda: minimum(linear(), 0.5), "every operand is a schedule"),
    "times zero": (lambda: 0 * linear(), "above 0"),
    "times true": (lambda: True * linear(), "not a number"),
    "open cycle without count": (lambda: cosine("25%").repeat(), "cosine().repeat(4)"),
    "no cycles": (lambda: cosine().repeat(0), "at least 1"),
    "shrink zero": (lambda: cosine(5).repeat(shrink=0), "above 0"),
    "cycles without a step": (lambda: cosine().repeat(20).over(10), "fewer cycles"),
    "cycles that vanish": (lambda: cosine(8).repeat(stretch=0.5).over(100), "no step"),
    "too many cycles": (lambda: hold(1).repeat().over(2**50), "longer cycles"),
    "too many stretched cycles": (lambda: hold(9).repeat(stretch=1.0001).over(10**6), "longer"),
    "endless count": (lambda: hold(1).repeat(2**52).over(10), "longer cycles"),
    "rounds to no step": (lambda: (warmup("0.01%") >> hold()).over(1_000), "0.1 steps"),
    "too long": (lambda: (warmup(500) >> linear(800)).over(1_000), "1300 steps"),
    "too short": (lambda: (warmup(500) >> linear(300)).over(1_000), 'add ">> hold()"'),
    "single phase too short": (lambda: linear(300).over(1_000), 'add ">> hold()"'),
    "nothing left": (lambda: (linear(5) >> hold() >> linear(5)).over(10), "no step is left"),
    "operands of different length": (lambda: (linear(9) * linear(5)).over(9), "5 steps"),
    "no clock": (lambda: linear("1ep").over(5), "steps_per_epoch"),
    "clock without tokens": (
        lambda: linear("9tok").over(5, Clock(steps_per_epoch=2)),
        "tokens_per_step",
    ),
    "clock of nothing": (lambda: Clock(steps_per_epoch=0), "at least 1"),
    "no horizon": (lambda: cosine().over(0), "at least 1"),
    "float horizon": (lambda: cosine().over(10.0), "not a whole number"),
    "overflow": (lambda: exponential(2).over(10_000), "finite"),
    "negative step": (lambda: linear().over(5)(-1), "at least 0"),
    "float step": (lambda: linear().over(5)(1.5), "not a whole number"),
    "backwards range": (lambda: linear().over(5).values(4, 2), "backwards"),
    "range past the end": (lambda: linear().over(5).values(9), "backwards"),
    "float steps array": (lambda: linear().over(5).at(rsqrt(5).over(5).values()), "integers"),
    "absolute operand": (lambda: 2 * absolute(linear()), "outermost"),
    "absolute phase": (lambda: hold(5) >> absolute(linear()), "outermost"),
    "absolute cycle": (lambda: absolute(linear(5)).repeat(), "outermost"),
    "absolute twice": (lambda: absolute(absolute(linear())), "outermost"),
    "absolute lr": (lambda: Plan(lr=absolute(linear())), "peak lr"),
    "text in a plan": (lambda: Plan(lr="cosine()"), "parse"),
    "no name": (lambda: Plan(**{"weight decay": linear()}), "identifier"),
}


@pytest.mark.parametrize("case", CASES)
def test_impossible_values_raise_and_say_what_to_type(case: str) -> None:
    """Nothing is silently repaired: the error names the problem, the rule or the fix."""
    build, expected = CASES[case]
    with pytest.raises(ScheduleError) as caught:
        build()
    assert expected in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_values_are_immutable() -> None:
    """A schedule, bound or not, cannot be changed after it was made."""
    schedule = warmup(5) >> linear()
    for owner, name in ((schedule, "parts"), (schedule.over(10), "horizon"), (Plan(), "items")):
        with pytest.raises(AttributeError):
            setattr(owner, name, None)


def test_strangers_get_their_say() -> None:
    """An operand that schedules do not know may answer for itself, as feedback does."""

    class Stranger:
        def __rmul__(self, other: object) -> str:
            return "mine"

    assert linear() * Stranger() == "mine"
    with pytest.raises(TypeError):
        linear() >> object()


def test_a_failed_binding_leaves_no_object() -> None:
    """`over` either returns a schedule with every value or raises."""
    with pytest.raises(LehrError):
        BoundSchedule(linear(5), 4)
