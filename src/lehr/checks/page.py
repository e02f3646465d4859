"""What there is to know about a check, as Markdown; `docs/checks.md` is made of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lehr.checks.check import Check
from lehr.checks.finding import Finding

INTRODUCTION = """\
# Checks

`lehr check SCHEDULE --horizon N` looks at a schedule or a plan before it is run,
`lehr check LOG` at what a finished run logged, in any of [these formats](logs.md).
The more it is told (`--peak-lr`, `--optimizer`, `--weight-decay`, …), the more checks apply.
It ends with 1 if an error or a warning was found; information alone is no alarm.
`--ignore CODE` leaves a check out, `--explain CODE` shows its part of this page.

A corrected schedule is only offered if it binds to the horizon and the same check accepts it.

*This page is generated from `lehr.checks`: `UPDATE_GOLDEN=1 pytest tests/checks`.*
"""


def explain(check: Check) -> str:
    """Describe one check: what, why, from where, an example and its correction."""
    found = next(check.find(check.triggers.subject()))
    return "\n".join(_paragraphs(check, found)) + "\n"


def _paragraphs(check: Check, found: Finding) -> Iterator[str]:
    yield f"## {check.code} {check.title}\n"
    yield f"*{check.severity}* · {check.why}\n"
    if check.source:
        yield f"Source: {check.source}.\n"
    yield f"- found in {check.triggers.text()}: {found.what}"
    yield f"- instead: {found.fix}"
    if found.schedule is not None:
        yield f"- corrected: `{found.schedule}`"
    yield f"- not found in {check.passes.text()}"


def page(checks: Iterable[Check]) -> str:
    """Return the whole page of some checks, by code."""
    ordered = sorted(checks, key=lambda check: check.code)
    rows = [f"| [{c.code}](#{_anchor(c)}) | {c.severity} | {c.title} |" for c in ordered]
    table = "\n".join(["| code | severity | what |", "| --- | --- | --- |", *rows])
    return "\n".join([INTRODUCTION, f"{table}\n", *(explain(check) for check in ordered)])


def _anchor(check: Check) -> str:
    """The link GitHub makes of a heading."""
    words = f"{check.code} {check.title}".lower().replace(" ", "-")
    return "".join(letter for letter in words if letter.isalnum() or letter == "-")
