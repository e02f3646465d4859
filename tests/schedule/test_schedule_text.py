"""The text form: what is read, what is refused, and that nothing is executed."""

import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lehr.errors import ParseError
from lehr.schedule import Plan, absolute, constant, cosine, hold, linear, multi_step, parse, warmup

READ = {
    " linear( 5 ,final = .5 ) ": linear(5, 0.5),
    "linear(5, 0.5)": linear(5, 0.5),
    "linear(None, final=1e-1)": linear(final=0.1),
    "(warmup(5) >> hold()) * linear() >> cosine(5)": (warmup(5) >> hold()) * linear() >> cosine(5),
    "linear() * 0.5 * cosine()": (0.5 * linear()) * cosine(),
    "linear() * (0.5 * cosine())": linear() * (0.5 * cosine()),
    "2 * (0.5 * linear())": 2 * (0.5 * linear()),
    "multi_step((1, '50%'))": multi_step([1, "50%"]),
    "Plan(lr=linear(), beta=absolute(constant(1)))": Plan(lr=linear(), beta=absolute(constant(1))),
    "(linear(5) >> hold(5)).repeat(shrink=0.5).clip(min=0.1)": (linear(5) >> hold(5))
    .repeat(shrink=0.5)
    .clip(min=0.1),
}

TEXTS = {
    'warmup("2000000000tok") >> hold()': 'warmup("2e9tok") >> hold()',
    'linear("12.50%", start=2.0)': 'linear("12.5%", start=2)',
    'linear("1e3samples")': 'linear("1000samples")',
    'linear("2.5e1ep", final=-0.0)': 'linear("25ep")',
    "warmup(5, 0.0, 'last', 'linear')": "warmup(5)",
    "decay(shape='linear')": "linear()",
    "exponential(0.5, every=1)": "exponential(0.5)",
    "constant(1)": "constant()",
}

REFUSED = {
    "": "",
    "   ": "",
    "cosin()": "did you mean cosine",
    "cosine": "cosine(...)",
    "cosine(finl=0)": "did you mean final",
    "cosine(final=0, final=1)": "twice",
    "Plan(lr=cosine(), lr=cosine())": "twice",
    "Plan(cosine())": "Plan(lr=cosine())",
    "Plan(lr=5)": "not a schedule",
    "hold(5) >> Plan()": "Plan is not known",
    "warmup()": "missing",
    "cosine(1, 2, 3, 4)": "too many",
    "cosine(*[1])": "not part of",
    "cosine(**{})": "no argument",
    "warmup(0.5)": '"50%"',
    "warmup(5) >> 7": "hold(7)",
    "3": "not a schedule",
    "'cosine()'": "not a schedule",
    "5 * 5": "* multiplies",
    "cosine() + cosine()": "not part of",
    "cosine() / 2": "not part of",
    "cosine() if 1 else 2": "not part of",
    "[cosine() for x in y]": "not part of",
    "lambda: cosine()": "not part of",
    "(x := cosine())": "not part of",
    "f'{cosine()}'": "not part of",
    "cosine().over(10)": "clip, repeat",
    "cosine().__class__": "not part of",
    "cosine.__class__()": "cosine is not called",
    "constant(True)": "only numbers",
    "constant(1j)": "only numbers",
    "constant(b'1')": "only numbers",
    "constant(1e999)": "finite",
    "__import__('os').system('true')": "__import__ is not known",
    "open('x')": "open is not known",
    "cosine(); cosine()": "cannot be read",
    "cosine() >>": "cannot be read",
    "hold('\\x35%')": "escape",
    "hold(5)\0": "escape",
    "(" * 5_000: "cannot be read",
    "-" * 9_000 + "1": "deep",
    "linear(" + "[" * 90 + "]" * 90 + ")": "deep",
    "linear()" + ".clip(min=0)" * 200: "deep",
    "0.5 * (" * 60 + "linear()" + ")" * 60: "deep",
    "x" * 20_001: "at most 20,000",
    "hold(" + "9" * 5_000 + ")": "",
}


@pytest.mark.parametrize("text", READ)
def test_texts_are_read_as_python_would(text: str) -> None:
    """Precedence, grouping, positions and keywords mean what they mean in Python."""
    assert parse(text) == READ[text]


@pytest.mark.parametrize("text", TEXTS)
def test_equal_schedules_have_one_text(text: str) -> None:
    """Spellings of one value print alike, so texts may be compared and hashed."""
    assert repr(parse(text)) == TEXTS[text]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_everything_else_is_refused(text: str) -> None:
    """Syntax beyond the list, unknown names and hostile sizes end in a ParseError that explains."""
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert REFUSED[text] in str(caught.value)


def test_a_long_chain_is_no_depth() -> None:
    """A schedule of a thousand phases is long, not deep, and is read."""
    text = " >> ".join(["hold(1)"] * 999)
    assert parse(text).over(999)(0) == 1.0
    assert parse(" * ".join(["linear()"] * 400)).over(10)(10) == 0.0


words = st.sampled_from(
    [
        "warmup(",
        "linear",
        "(",
        ")",
        ">>",
        "*",
        "5",
        '"5%"',
        ",",
        "final=",
        ".clip",
        "[",
        "]",
        "Plan(",
    ]
)


@given(st.text(max_size=40) | st.lists(words, max_size=12).map("".join))
@example("1if 2 else 3")
def test_any_text_is_read_or_refused(text: str) -> None:
    """No input ends in another exception, and what is read prints as itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's own remarks on odd literals such as "1if"
        try:
            schedule = parse(text)
        except ParseError:
            return
    assert parse(repr(schedule)) == schedule


def test_names_are_the_callers() -> None:
    """A text may use exactly the names it is given."""
    assert parse("mine()", {"mine": lambda: hold()}) == hold()
    with pytest.raises(ParseError, match="linear is not known"):
        parse("linear()", {"mine": lambda: hold()})
