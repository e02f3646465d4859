"""The rules of a `TorchProblem`'s declaration, all of them reported in one error."""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import ParamSpec, cast

from lehr.catalog import parse
from lehr.errors import LehrError, ProblemError, did_you_mean
from lehr.schedule import Plan

_Parameters = ParamSpec("_Parameters")

_EXAMPLES = {
    "name": 'name="mine"',
    "model": "model=lambda: Net()",
    "optimizer": "optimizer=lambda params, lr: torch.optim.AdamW(params, lr=lr)",
    "loss": "loss=lambda model, batch: F.cross_entropy(model(batch[0]), batch[1])",
    "train": "train=lambda generator: DataLoader(data, shuffle=True, generator=generator)",
    "evaluate": 'evaluate=lambda model: {"val_loss": …}',
    "steps": "steps=2_000",
    "objective": 'objective="val_loss"',
}
_RECEIVES = {"model": 0, "optimizer": 2, "loss": 2, "train": 1, "evaluate": 1}
_CHOICES = {"mode": ("min", "max"), "precision": ("fp32", "bf16")}
_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")
_UNNAMEABLE = set('/\\:*?"<>|') | {chr(code) for code in range(32)}


def all_members_given(init: Callable[_Parameters, None]) -> Callable[_Parameters, None]:
    """Let a constructor say what to type for members that are missing or unknown."""
    known = [name for name in inspect.signature(init).parameters if name != "self"]

    @functools.wraps(init)
    def checked(*args: _Parameters.args, **members: _Parameters.kwargs) -> None:
        missing = [name for name in _EXAMPLES if name not in members]
        unknown = [name for name in members if name not in known]
        if missing or unknown:
            wrong = [f"{name} is missing" for name in missing]
            wrong += [f"{name} is unknown: {did_you_mean(name, known)}" for name in unknown]
            raise _wrong(wrong, ", ".join(_EXAMPLES[name] for name in missing))
        init(*args, **members)

    return checked


def refuse_wrong_values(members: Mapping[str, object]) -> None:
    """Check every member's value.

    Raises:
        ProblemError: lists all that are wrong.
    """
    wrong = [*_wrong_texts(members), *_wrong_functions(members), *_wrong_numbers(members)]
    wrong += _wrong_lr_range(members["lr_range"])
    if not wrong:
        wrong += _wrong_baseline(members["baseline"], cast("int", members["steps"]))
    if wrong:
        raise _wrong(wrong, "")


def takes_model(optimizer: Callable[..., object]) -> bool:
    """Whether a function's first parameter is named `model`."""
    signature = _signature(optimizer)
    return signature is not None and next(iter(signature.parameters), None) == "model"


def _wrong(wrong: list[str], fix: str) -> ProblemError:
    return ProblemError(
        "the problem's declaration is wrong"
        if len(wrong) == 1
        else f"the problem's declaration is wrong in {len(wrong)} places",
        value="\n        ".join(wrong),
        fix=fix or None,
    )


def _wrong_texts(members: Mapping[str, object]) -> Iterator[str]:
    for key in ("name", "objective"):
        value = members[key]
        if not isinstance(value, str) or not value.strip():
            yield f"{key} = {value!r}: a text that is not empty"
    device = members["device"]
    if not isinstance(device, str) or not _DEVICE.fullmatch(device):
        yield f"device = {device!r}: 'auto', 'cpu', 'cuda' or 'cuda:1'"
    name = members["name"]
    if isinstance(name, str) and (_UNNAMEABLE & set(name) or name.startswith(".")):
        yield f"name = {name!r}: it names a folder, so letters, digits, spaces, - and _"
    for key, choices in _CHOICES.items():
        if members[key] not in choices:
            yield f"{key} = {members[key]!r}: one of {', '.join(map(repr, choices))}"


def _wrong_functions(members: Mapping[str, object]) -> Iterator[str]:
    for key, count in _RECEIVES.items():
        value = members[key]
        if not callable(value):
            yield f"{key} is a {type(value).__name__}: a function, as in {_EXAMPLES[key]}"
            continue
        signature = _signature(value)
        try:
            if signature is not None:
                signature.bind(*range(count))
        except TypeError as error:
            yield f"{key}{signature}: {error}; it is called as in {_EXAMPLES[key]}"


def _wrong_numbers(members: Mapping[str, object]) -> Iterator[str]:
    for key in ("steps", "accumulate", "threads", "evaluate_every"):
        value = members[key]
        optional = key == "evaluate_every" and value is None
        if not optional and (type(value) is not int or value < 1):
            yield f"{key} = {value!r}: a whole number of at least 1"
    target = members["target"]
    if target is not None and not _finite(target):
        yield f"target = {target!r}: a finite number that the objective shall reach, or None"
    clip = members["clip_norm"]
    if clip is not None and not _positive(clip):
        yield f"clip_norm = {clip!r}: a positive number, or None"


def _wrong_lr_range(lr_range: object) -> list[str]:
    if lr_range is None:
        return []
    ends = lr_range if isinstance(lr_range, tuple) else ()
    if len(ends) == 2 and all(map(_positive, ends)) and ends[0] < ends[1]:
        return []
    return [f"lr_range = {lr_range!r}: two positive numbers, the smaller first, as (1e-4, 1e-1)"]


def _wrong_baseline(baseline: object, steps: int) -> list[str]:
    if baseline is None:
        return []
    parts = baseline if isinstance(baseline, tuple) else ()
    if len(parts) != 2 or not isinstance(parts[0], str) or not _positive(parts[1]):
        return [f"baseline = {baseline!r}: a schedule's text and a peak lr, as ('cosine()', 1e-3)"]
    try:
        Plan.of(parse(parts[0])).over(steps)
    except LehrError as error:
        return [f"baseline = {baseline!r}: {error.problem} ({error.fix or error.rule})"]
    return []


def _positive(value: object) -> bool:
    return _finite(value) and cast("float", value) > 0


def _finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def _signature(function: Callable[..., object]) -> inspect.Signature | None:
    """Give a function's signature, or None for a builtin that has none to show."""
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None
