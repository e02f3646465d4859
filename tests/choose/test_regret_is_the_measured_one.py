from __future__ import annotations

import csv
from pathlib import Path

from lehr.choose.regret import REGRET, SPENT

TABLE = Path(__file__).parents[2] / "evidence" / "choose" / "regret.csv"


def test_the_table_is_what_the_evidence_says() -> None:
    """No figure that users see is older than the rows it was taken from."""
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["cost"]) for row in rows] == list(SPENT[1:])
    assert [float(row["expected"]) for row in rows] == list(REGRET[1:])
