"""An earlier decision of the same study, put aside before another takes its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lehr.choose.decision import Decision
from lehr.errors import StudyError
from lehr.files import write_atomically

DECISION, PAGE = "decision.json", "report.html"
_ASIDE = ("decision-????????.json", "report-????????.html")


def put_aside(directory: Path, now: Decision) -> str | None:
    """Keep the decision that lies in a directory under another name, with its page.

    The name follows from the content, so that questions asked in turn leave one file each. Its
    weights are not kept: they make room for those of the new choice.

    Args:
        directory: of the study.
        now: the new decision.

    Returns:
        what was replaced and where it is kept, in words; None where nothing was decided yet, or
        the same.
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
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    aside = directory / f"decision-{mark}.json"
    write_atomically(aside, text)
    if (page := directory / PAGE).exists():
        page.replace(directory / f"report-{mark}.html")
    return f"{told} is replaced, and kept in {aside}"


def forget(directory: Path) -> None:
    """Remove a decision, its page, and all that were put aside."""
    for pattern in (DECISION, PAGE, *_ASIDE):
        for file in directory.glob(pattern):
            file.unlink()


def _without_weights(decision: Decision) -> Decision:
    return decision.model_copy(update={"weights": None})
