"""Every check passes through this one table, those of other packages too."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from lehr import parse
from lehr.checks import CHECKS, Check, check_of, checks, listing
from lehr.checks.page import page
from lehr.errors import UsageError
from lehr.schedule import Plan

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)


@each_check
def test_its_example_triggers_it_and_the_other_does_not(check: Check) -> None:
    """A check finds what it is for, and nothing in the similar thing that is well."""
    found = list(check.find(check.triggers.subject()))
    assert found, check.code
    for finding in found:
        assert (finding.code, finding.severity, finding.title) == (
            check.code,
            check.severity,
            check.title,
        )
        assert finding.what
        assert finding.fix
        assert not finding.what.endswith(".")
    assert list(check.find(check.passes.subject())) == []


@each_check
def test_its_correction_is_one(check: Check) -> None:
    """A corrected schedule reads back, binds, and the same check finds nothing in it."""
    subject = check.triggers.subject()
    for finding in check.find(subject):
        if finding.schedule is not None:
            corrected = subject.over(Plan.of(parse(finding.schedule)))
            assert corrected.refusal is None
            assert list(check.find(corrected)) == []


def test_corrections_are_the_rule() -> None:
    """Of the checks that look at plans, most hand back a schedule that can be typed."""
    planned = [check for check in CHECKS if check.triggers.subject().plan is not None]
    found = [next(check.find(check.triggers.subject())) for check in planned]
    without = {finding.code for finding in found if finding.schedule is None}
    assert without == {"LR050", "LR060", "LR061"}  # of these, the peak or the decay is wrong


@each_check
def test_it_is_described(check: Check) -> None:
    """A code of two letters and three digits, one line of title, and a reason."""
    assert re.fullmatch(r"LR\d{3}", check.code)
    assert "\n" not in check.title
    assert not check.title.endswith(".")
    assert len(check.why) > 60


def test_codes_are_unique_and_found() -> None:
    """A code stands for one check, and an unknown one is told which is near."""
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    assert check_of("LR021") in CHECKS
    with pytest.raises(UsageError, match="no check LR02") as caught:
        check_of("LR02")
    assert "LR020" in (caught.value.fix or "")


def test_the_page_is_made_of_the_checks() -> None:
    """docs/checks.md says what the code does (UPDATE_GOLDEN=1 writes it anew)."""
    text = page(CHECKS)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text
    assert all(f"## {check.code} {check.title}" in text for check in CHECKS)


@pytest.fixture
def fresh_listing():
    """Forget what was listed, before and after."""
    listing.checks.cache_clear()
    yield
    listing.checks.cache_clear()


def _installed(monkeypatch: pytest.MonkeyPatch, thing: object) -> None:
    entry = SimpleNamespace(name="theirs", value="their.module:CHECK", load=lambda: thing)
    monkeypatch.setattr(listing, "entry_points", lambda **_: [entry])


def test_other_packages_add_checks(monkeypatch: pytest.MonkeyPatch, fresh_listing: None) -> None:
    """An entry point in lehr.checks is run with the others."""
    first = CHECKS[0]
    theirs = Check(
        code="XY001",
        title=first.title,
        why=first.why,
        source="",
        severity="info",
        rule=first.rule,
        triggers=first.triggers,
        passes=first.passes,
    )
    _installed(monkeypatch, theirs)
    assert checks()[-1] is theirs


@pytest.mark.parametrize("thing", [CHECKS[0], "no check"], ids=["code taken", "no check"])
def test_a_wrong_entry_point_is_an_error(
    thing: object, monkeypatch: pytest.MonkeyPatch, fresh_listing: None
) -> None:
    """A taken code or another object is refused by name, never skipped."""
    _installed(monkeypatch, thing)
    with pytest.raises(UsageError, match=r"theirs|two checks"):
        checks()
