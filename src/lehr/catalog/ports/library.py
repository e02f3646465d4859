"""Library: finds a scheduler by the library's own name, and checks the arguments' names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lehr.catalog.ports.port import Port
from lehr.errors import ScheduleError, did_you_mean
from lehr.schedule.checked import shown

Build = Callable[..., Port]


@dataclass(frozen=True, kw_only=True)
class Library:
    """The schedulers of one library; call it with a name and the library's own arguments.

    Attributes:
        name: what the library is called.
        builders: the library's name of a scheduler -> the function that ports it.
        refused: names that cannot be ported -> what to do instead.
    """

    name: str
    builders: Mapping[str, Build]
    refused: Mapping[str, str]

    def __call__(self, scheduler: str, /, **arguments: object) -> Port:
        """Return the port of a scheduler.

        Args:
            scheduler: the library's own name.
            arguments: the library's own arguments by name, with its defaults, and `base_lr` where
                the library reads the lr from the optimizer.

        Raises:
            ScheduleError: an unknown name or argument, a missing one, a value that the library
                refuses, or a scheduler that no schedule can stand for.
        """
        build = self._find(scheduler)
        known = inspect.signature(build).parameters
        for argument in arguments:
            if argument not in known:
                raise ScheduleError(
                    f"{self.name}'s {scheduler} has no argument {argument}",
                    value=f"{argument}={shown(arguments[argument])}",
                    rule=did_you_mean(argument, known),
                    fix="the library's own argument names; the optimizer is left out, "
                    "and its lr is base_lr",
                )
        missing = [
            name
            for name, parameter in known.items()
            if parameter.default is parameter.empty and name not in arguments
        ]
        if missing:
            raise ScheduleError(
                f"{self.name}'s {scheduler} needs {' and '.join(missing)}",
                value=", ".join(f"{n}={shown(v)}" for n, v in arguments.items()) or "no arguments",
                rule=f"its arguments are {', '.join(known)}",
                fix=", ".join(f"{name}=..." for name in missing),
            )
        return replace(build(**arguments), library=self.name, name=scheduler)

    def _find(self, scheduler: str) -> Build:
        if scheduler in self.refused:
            raise ScheduleError(
                f"{self.name}'s {scheduler} cannot be ported",
                value=scheduler,
                rule="a port is a schedule: it depends on the step alone, and is a text",
                fix=self.refused[scheduler],
            )
        if scheduler not in self.builders:
            raise ScheduleError(
                f"{self.name} has no scheduler {scheduler}",
                value=scheduler,
                rule=did_you_mean(scheduler, [*self.builders, *self.refused]),
            )
        return self.builders[scheduler]
