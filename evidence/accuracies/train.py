"""Train the grids, and keep losses and accuracies.

    python evidence/accuracies/train.py few_digits corners   # these
    python evidence/accuracies/train.py                      # all

Goes on where it was interrupted, as `evidence/choose/record.py` does, whose seeds and cells these
are; `val` and `test` have one more axis of length 2: loss, accuracy.
"""

from __future__ import annotations

import sys
from pathlib import Path

from accurate import APART, KNOWN, AccurateTwin
from record import record

if __name__ == "__main__":
    problems = KNOWN | APART
    names = sys.argv[1:] or problems
    record({name: AccurateTwin(problems[name]) for name in names}, Path(__file__).parent)
