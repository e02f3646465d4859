"""What training a request gave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a request gave.

    Attributes:
        objective: the metric at the request's last step; None where the run diverged or it is not
            finite.
        diverged: whether training was given up before the request's last step.
        steps_to_target: after how many steps the metric first reached the study's target; None
            where it did not, or there is none (`lehr.choose.target`).
    """

    objective: float | None
    diverged: bool
    steps_to_target: float | None = None

    @property
    def unmeasured(self) -> bool:
        """Whether training was healthy and yet there is nothing to compare."""
        return not self.diverged and self.objective is None and self.steps_to_target is None
