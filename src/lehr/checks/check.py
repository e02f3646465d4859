"""Check: one rule, its code, why it is one, and an example on either side of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lehr.checks.finding import Finding, Hit, Severity
from lehr.checks.run_log import RunLog
from lehr.checks.setting import Setting
from lehr.checks.subject import Subject
from lehr.schedule import Plan, Schedule

Rule = Callable[[Subject], Iterator[Hit]]


@dataclass(frozen=True, kw_only=True)
class Example:
    """Something to check: a plan over a horizon, or a log in words.

    Attributes:
        of: the schedule or plan, or the log.
        horizon: steps of the run a plan is for; a log says its own.
        setting: what is known besides.
        words: what a log shows; a plan is its own text.
    """

    of: Schedule | Plan | RunLog
    horizon: int = 1_000
    setting: Setting = field(default_factory=Setting)
    words: str = ""

    def subject(self) -> Subject:
        """Return what the rules look at."""
        if isinstance(self.of, RunLog):
            return Subject.logged(self.of, self.setting)
        return Subject.planned(Plan.of(self.of), self.horizon, self.setting)

    def text(self) -> str:
        """Describe the example in one line of Markdown."""
        known = self.setting.words()
        if isinstance(self.of, RunLog):
            head = f"a log: {self.words}"
        else:
            head = f"`{self.of}` over {self.horizon:,} steps"
        return f"{head} ({known})" if known else head


@dataclass(frozen=True, kw_only=True)
class Check:
    """A rule about a schedule, a plan or a log.

    Attributes:
        code: stable over versions, such as LR021; never used again for another rule.
        title: what is wrong, one line without a full stop.
        why: why that matters, and why the thresholds are where they are.
        source: where that is known from; empty where it is arithmetic.
        severity: of everything the rule finds.
        rule: looks at a subject; says nothing where it does not know enough.
        triggers: an example that the rule finds something in.
        passes: a similar one in which all is well.
        needs_shape: whether the rule needs a curve of several values.
    """

    code: str
    title: str
    why: str
    source: str
    severity: Severity
    rule: Rule
    triggers: Example
    passes: Example
    needs_shape: bool = True

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Apply the rule; a correction is offered only if the rule accepts it."""
        if self.needs_shape and not subject.has_shape:
            return
        for hit in self.rule(subject):
            yield Finding(
                code=self.code,
                severity=self.severity,
                title=self.title,
                what=hit.what,
                step=hit.step,
                fix=hit.fix,
                schedule=self._corrected(subject, hit),
            )

    def _corrected(self, subject: Subject, hit: Hit) -> str | None:
        for plan in hit.corrections:
            corrected = subject.over(plan)
            if corrected.refusal is None and not any(self.rule(corrected)):
                return str(plan if len(plan.items) > 1 else plan.schedules["lr"])
        return None
