"""The rivals: other ways to choose, as their authors recommend them.

`RIVALS` are replayed from the recorded grid (`table.py`); those in `rivals/trained` do not choose a
cell of it and are trained (`../live.py`).
"""

from __future__ import annotations

from rivals import full_runs, halving, one_epoch, playbook, tpe

RIVALS = (
    *full_runs.RIVALS,
    *halving.RIVALS,
    *one_epoch.RIVALS,
    *playbook.RIVALS,
    *tpe.RIVALS,
)
