"""Conversion: a schedule as code for a framework, by its own scheduler, a formula or a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from lehr.catalog.convert import formula as arithmetic
from lehr.catalog.convert import to_keras, to_optax, to_torch, to_transformers
from lehr.catalog.convert.native import TOLERANCE, Call, difference, holds
from lehr.catalog.convert.templates import TEMPLATES, Templates
from lehr.catalog.ports import Library, keras, optax, torch, transformers
from lehr.errors import ScheduleError
from lehr.schedule import BoundSchedule, Clock, Schedule
from lehr.schedule.algebra import Absolute
from lehr.schedule.checked import choice, number_text, positive

Framework = Literal["torch", "keras", "optax", "transformers", "lightning"]
Kind = Literal["native", "formula", "table"]

LONGEST_TABLE = 100_000

_LIBRARIES: dict[str, Library] = {
    "torch": torch,
    "lightning": torch,
    "keras": keras,
    "optax": optax,
    "transformers": transformers,
}


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What a schedule is in a framework.

    Attributes:
        framework: whose code it is.
        kind: "native", the framework's own scheduler, proved equal at every step; "formula", a
            short closed form, evaluated and compared at every step; "table", the values.
        code: to paste; `optimizer` stands for yours where the framework's scheduler takes it.
        why: why it is of this kind.
        remarks: what to mind when using it.
        schedule: text of the schedule.
        horizon: optimizer steps of the run.
        peak_lr: the lr that the schedule multiplies.
    """

    framework: str
    kind: Kind
    code: str
    why: str
    remarks: tuple[str, ...]
    schedule: str
    horizon: int
    peak_lr: float


def convert(
    schedule: Schedule,
    to: str,
    *,
    horizon: int,
    peak_lr: float = 1.0,
    clock: Clock | None = None,
) -> Conversion:
    """Write a schedule in a framework's own terms.

    Args:
        schedule: of the lr.
        to: "torch", "keras", "optax", "transformers" or "lightning".
        horizon: optimizer steps of the run.
        peak_lr: the lr that the schedule multiplies, above 0. Default 1.
        clock: what a step is worth, for durations in epochs, tokens or samples.

    Raises:
        ScheduleError: an unknown framework, an absolute schedule, one that does not fit the
            horizon, or a table of more than 100,000 values.

    >>> from lehr import cosine, warmup
    >>> made = convert(warmup(10, reach="next") >> cosine(), "transformers", horizon=100)
    >>> made.kind
    'native'
    >>> print(made.code)
    from transformers import get_scheduler
    <BLANKLINE>
    scheduler = get_scheduler(
        "cosine",
        optimizer,
        num_warmup_steps=10,
        num_training_steps=100,
    )
    """
    framework = cast("Framework", choice(to, "the framework", TEMPLATES))
    peak = positive(peak_lr, "peak_lr")
    if isinstance(schedule, Absolute):
        raise ScheduleError(
            "an absolute schedule is no schedule of the lr",
            value=str(schedule),
            rule="schedulers of frameworks change the lr; the schedule multiplies the peak",
            fix="lehr.adapters schedules every hyper-parameter",
        )
    bound = schedule.over(horizon, clock)
    templates = TEMPLATES[framework]
    found = _native(bound, framework, peak) or _formula(bound, templates, peak)
    kind, code, why, remarks = found or _table(bound, templates, peak)
    return Conversion(
        framework=framework,
        kind=kind,
        code=code,
        why=why,
        remarks=(*remarks, *_usage(framework, peak)),
        schedule=str(schedule),
        horizon=bound.horizon,
        peak_lr=peak,
    )


Found = tuple[Kind, str, str, tuple[str, ...]]


def _native(bound: BoundSchedule, framework: str, peak: float) -> Found | None:
    library, templates = _LIBRARIES[framework], TEMPLATES[framework]
    for call in _proposals(bound, framework, peak):
        gap = difference(call, library, bound, peak)
        if gap <= TOLERANCE:
            why = (
                f"{call.name} of {templates.library} is this schedule: compared at all "
                f"{bound.horizon:,} steps, largest difference {gap:.1g} of the peak"
            )
            remarks = () if holds(call, library, bound, peak) else (_goes_on(call, bound),)
            return "native", templates.native(_text(call, framework), peak), why, remarks
    return None


def _goes_on(call: Call, bound: BoundSchedule) -> str:
    return (
        f"from step {bound.horizon:,} on, after the run, lehr stays at its last value and "
        f"{call.name} does not: stop there"
    )


def _proposals(bound: BoundSchedule, framework: str, peak: float) -> list[Call]:
    match framework:
        case "keras":
            return to_keras.proposals(bound, peak)
        case "optax":
            return to_optax.proposals(bound, peak)
        case "transformers":
            return to_transformers.proposals(bound, peak)
        case _:
            return to_torch.proposals(bound, peak)


def _text(call: Call, framework: str) -> str:
    match framework:
        case "keras":
            return to_keras.text(call)
        case "optax":
            return to_optax.text(call)
        case "transformers":
            return to_transformers.text(call)
        case _:
            return to_torch.text(call)


def _formula(bound: BoundSchedule, templates: Templates, peak: float) -> Found | None:
    try:
        if not arithmetic.agrees(arithmetic.formula(bound, arithmetic.PYTHON), bound):
            return None
        made = arithmetic.formula(bound, templates.dialect)
    except arithmetic.Unsaid:
        return None
    why = (
        f"no scheduler of {templates.library} is this schedule at every step; the formula "
        f"is, at all {bound.horizon + 1:,} of them"
    )
    return "formula", templates.formula(made.branches(), peak), why, ()


def _table(bound: BoundSchedule, templates: Templates, peak: float) -> Found:
    if bound.horizon >= LONGEST_TABLE:
        raise ScheduleError(
            "the schedule has no short formula, and its table would be too long",
            value=f"{bound.schedule}: {bound.horizon + 1:,} values",
            rule=f"a table has at most {LONGEST_TABLE:,} values",
            fix="lehr.adapters runs any schedule in your framework",
        )
    values = [number_text(value) for value in bound.values(0, bound.horizon + 1).tolist()]
    why = (
        f"neither a scheduler of {templates.library} nor a formula of 15 lines is this "
        f"schedule; these are its {bound.horizon + 1:,} values"
    )
    return "table", templates.table(values, peak), why, ()


def _usage(framework: str, peak: float) -> tuple[str, ...]:
    lr = number_text(peak)
    return {
        "torch": (
            f"the optimizer is made with lr={lr}",
            "call scheduler.step() after every optimizer.step()",
        ),
        "lightning": ('interval "step": Lightning would otherwise step once an epoch',),
        "transformers": (
            f"the optimizer is made with lr={lr}",
            "hand both to Trainer(optimizers=(optimizer, scheduler)), which steps it",
        ),
        "keras": ("pass learning_rate to the optimizer; it counts updates from 0",),
        "optax": ("pass learning_rate to the optimizer; it counts updates from 0",),
    }[framework]
