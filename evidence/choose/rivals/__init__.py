"""The rivals: other ways to choose, as their authors recommend them.

`RIVALS` are replayed from the recorded grid (`table.py`); those in `rivals/trained` do not choose a
cell of it and are trained (`../live.py`).
"""

from __future__ import annotations

from dataclasses import replace

from rivals import full_runs, halving, one_epoch, playbook, tpe

RIVALS = (
    *full_runs.RIVALS,
    *halving.RIVALS,
    *one_epoch.RIVALS,
    *playbook.RIVALS,
    *tpe.RIVALS,
)

LISTED = (
    *full_runs.LISTED,
    *(
        replace(rival, name=f"{rival.name}, lehr's list")
        for rival in RIVALS
        if rival.name in ("random search", "successive halving", "Optuna TPE, Hyperband")
        and rival.budget not in ("54 cells", "91 cells")  # more than the list has
    ),
)
"""Those that might choose from lehr's own four schedules, two of which the oracle does not know."""
