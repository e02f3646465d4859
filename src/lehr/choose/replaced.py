"""An earlier decision of the same study, put aside before another takes its place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lehr.choose.decision import Decision
from lehr.errors import StudyError
from lehr.files import write_atomically

DECISION, PAGE = "decision.json", "report.html"


@dataclass(frozen=True, kw_only=True)
class Aside:
    """A decision that is kept under another name.

    Attributes:
        told: what is replaced and where it is kept, in words.
        page: where its page belongs.
    """

    told: str
    page: Path


def put_aside(directory: Path, now: Decision) -> Aside | None:
    """Keep the decision that lies in a directory under another name.

    The name follows from the content, so that questions asked in turn leave one file each. Its
    weights are not kept: they make room for those of the new choice.

    Args:
        directory: of the study.
        now: the new decision, which is not written yet.

    Returns:
        where it is kept; None where nothing was decided yet, or the same.
    """
    path = directory / DECISION
    if not path.exists():
        return None
    text, told = path.read_text(encoding="utf-8", errors="replace"), "the earlier decision"
    try:
        earlier = _without_weights(Decision.read(path))
    except StudyError:  # not one of ours: kept as it is
        pass
    else:
        if earlier == _without_weights(now):
            return None
        text = earlier.model_dump_json(indent=2) + "\n"
        spent = earlier.cost_full_runs.total
        told += f" ({earlier.schedule} @ {earlier.peak_lr:g}, after {spent:.3g} full runs)"
    mark = _mark(text)
    aside = directory / f"decision-{mark}.json"
    write_atomically(aside, text)
    return Aside(
        told=f"{told} is replaced, and kept in {aside}", page=directory / f"report-{mark}.html"
    )


def decided(directory: Path) -> list[Path]:
    """Return a decision, its page, and all that were put aside, as far as they are there.

    What a user keeps there under a like name is none of them: a mark is that of the content.
    """
    found = [directory / DECISION, directory / PAGE]
    for path in sorted(directory.glob("decision-????????.json")):
        mark = path.stem.removeprefix("decision-")
        if _mark(path.read_text(encoding="utf-8", errors="replace")) == mark:
            found += [path, directory / f"report-{mark}.html"]
    return [path for path in found if path.exists()]


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _without_weights(decision: Decision) -> Decision:
    return decision.model_copy(update={"weights": None})
