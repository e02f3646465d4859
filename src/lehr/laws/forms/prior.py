"""Prior: what is known of a law's parameters before it has seen a run, and from where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, cast

from lehr.errors import UsageError
from lehr.files import seal, unseal, write_atomically
from lehr.laws.forms.form import Form, Parameter
from lehr.laws.forms.informed import Informed

SCHEMA_VERSION = 1


class Known(NamedTuple):
    """What is known of one parameter.

    Attributes:
        start: the likeliest value, in the law's own units.
        spread: standard deviation around it, of the logarithm where the parameter is positive.
    """

    start: float
    spread: float


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What is known of a law's parameters.

    Args:
        form: name of the law.
        known: parameter -> what is known of it; at least one.
        weight: how many groups of runs it counts for when more are learned from.
        provenance: where it is from, a line for each group of runs or script.

    Raises:
        UsageError: a number that is none, or a spread or a weight that is not above 0.

    >>> prior = Prior(form="weight_norm", known={"alpha": Known(0.5, 0.1)}, weight=1)
    >>> prior.known["alpha"].spread
    0.1
    """

    form: str
    known: Mapping[str, Known]
    weight: float
    provenance: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        numbers = [number for known in self.known.values() for number in known]
        above = [self.weight, *(known.spread for known in self.known.values())]
        if not self.known or not all(map(math.isfinite, [*numbers, *above])) or min(above) <= 0:
            raise UsageError(
                "not a prior",
                value=f"weight {self.weight:g}, {dict(self.known)}",
                rule="at least one parameter; numbers; spreads and the weight above 0",
            )

    def over(self, *parameters: Parameter) -> tuple[Parameter, ...]:
        """Return parameters with the start and the spread that are known of them.

        Raises:
            UsageError: a parameter that is not there, or a start that it cannot have.
        """
        names = [parameter.name for parameter in parameters]
        lost = [name for name in self.known if name not in names]
        below = [p.name for p in parameters if p.positive and p.name in self.known]
        below = [name for name in below if self.known[name].start <= 0]
        if lost or below:
            raise UsageError(
                f"this prior is not of this {self.form} law",
                value=", ".join(lost + below),
                rule=f"parameters {', '.join(names)}; those of a power or a rate above 0",
                fix="learn it again: lehr learn-prior",
            )
        return tuple(
            replace(parameter, start=known.start, spread=known.spread)
            if (known := self.known.get(parameter.name))
            else parameter
            for parameter in parameters
        )

    def on(self, form: Form) -> Form:
        """Return the form with this prior in place of its own.

        Raises:
            UsageError: it is of another law, or of one that had other parameters.
        """
        if form.name != self.form:
            raise UsageError(
                f"this prior is of the {self.form} law",
                value=f"the {form.name} law",
                rule="a prior says something of its own law's parameters",
            )
        lacking = [p.name for p in form.parameters if p.spread and p.name not in self.known]
        if lacking:
            raise UsageError(
                f"this prior is not of this {self.form} law",
                value=f"without {', '.join(lacking)}",
                fix="learn it again: lehr learn-prior",
            )
        return Informed(form, self.over(*form.parameters))

    def write(self, path: Path) -> None:
        """Write it to a file, whole or not at all.

        Raises:
            UsageError: the file cannot be written.
        """
        known = {name: known._asdict() for name, known in self.known.items()}
        body: dict[str, object] = {
            "schema_version": SCHEMA_VERSION,
            "form": self.form,
            "weight": self.weight,
            "parameters": known,
            "provenance": list(self.provenance),
        }
        try:
            write_atomically(path, seal(body) + "\n")
        except OSError as error:
            raise UsageError(
                "the prior cannot be written",
                value=f"{path}: {error.strerror or error}",
                fix="--to prior.json, in a folder that is there",
            ) from error

    @classmethod
    def read(cls, path: Path) -> Prior:
        """Read what `write` has written.

        Raises:
            UsageError: no such file, not a prior, another version, or its content was altered.
        """
        try:
            return _read(path.read_text(encoding="utf-8"))
        except UsageError:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"no prior can be read from {path}",
                value=f"it has no {error}" if isinstance(error, KeyError) else str(error),
                rule="a file that lehr learn-prior or Prior.write has written, unchanged",
                fix="learn it again: lehr learn-prior",
            ) from error


def _read(text: str) -> Prior:
    body = unseal(text)
    if body["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"schema_version {body['schema_version']}, this lehr reads 1")
    known = cast("dict[str, dict[str, float]]", body["parameters"])
    return Prior(
        form=str(body["form"]),
        known={
            name: Known(float(one["start"]), float(one["spread"])) for name, one in known.items()
        },
        weight=float(cast("float", body["weight"])),
        provenance=tuple(map(str, cast("list[object]", body["provenance"]))),
    )


@cache
def shipped(form: str) -> Prior:
    """Return the prior that comes with lehr (`src/lehr/laws/priors`).

    >>> shipped("weight_norm").weight
    1.0
    """
    return _read((files("lehr.laws") / "priors" / f"{form}.json").read_text(encoding="utf-8"))
