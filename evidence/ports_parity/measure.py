"""Compare every port with its library, over configurations drawn at random, step by step.

python evidence/ports_parity/measure.py [configurations]    0: only the README's tables, again
"""

from __future__ import annotations

import csv
import json
import platform
import random
import sys
import time
import warnings
from collections import Counter
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "catalog"))

from drawn import Drawn, compare  # noqa: E402
from drawn_formulas import FORMULAS  # noqa: E402 - lives with the tests that share it
from drawn_ports import DRAWN  # noqa: E402

from lehr.catalog.ports import QUIRKS  # noqa: E402

CONFIGURATIONS = 1_000
PACKAGES = ("numpy", "torch", "transformers", "optax", "jax", "keras", "pytorch_optimizer")


def measure(drawn: Drawn, configurations: int) -> dict[str, object]:
    """Compare one scheduler; the seed is its name."""
    seed = f"evidence {drawn.library.name} {drawn.name}"
    rng = random.Random(seed)
    largest, compared = 0.0, 0
    excluded: Counter[str] = Counter()
    for _ in range(configurations):
        found = compare(drawn, drawn.draw(rng))
        largest = max(largest, found.largest)
        compared += found.compared
        excluded.update(found.excluded.keys())
    return {
        "library": drawn.library.name,
        "scheduler": drawn.name,
        "against": drawn.reference,
        "configurations": configurations,
        "steps": compared,
        "largest_difference": f"{largest:.2e}",
        "tolerance": f"{drawn.tolerance:.0e}",
        "within": largest <= drawn.tolerance,
        "configurations_with_quirks": " ".join(f"{k}:{n}" for k, n in sorted(excluded.items())),
        "seed": seed,
    }


def write_tables() -> None:
    """Write the README's tables from summary.csv and from the table of quirks."""
    with (HERE / "summary.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    results = ["| library | against | schedulers | configurations | steps compared | largest |"]
    results.append("| --- | --- | ---: | ---: | ---: | ---: |")
    for library in dict.fromkeys(row["library"] for row in rows):
        own = [row for row in rows if row["library"] == library]
        counts = (sum(int(row[name]) for row in own) for name in ("configurations", "steps"))
        largest = max(float(row["largest_difference"]) for row in own)
        cells = [library, own[0]["against"], f"{len(own)}", *(f"{n:,}" for n in counts)]
        results.append(f"| {' | '.join(cells)} | {largest:.1e} |")
    quirks = ["| library | scheduler | the library | the port |", "| --- | --- | --- | --- |"]
    quirks += [f"| {q.library} | {q.scheduler} | {q.native} | {q.port} |" for q in QUIRKS]
    text = (HERE / "README.md").read_text(encoding="utf-8")
    for name, lines in (("results", results), ("quirks", quirks)):
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        head, _, rest = text.partition(begin)
        text = head + begin + "\n".join(lines) + end + rest.partition(end)[2]
    (HERE / "README.md").write_text(text, encoding="utf-8")


def main() -> None:
    configurations = int(sys.argv[1]) if len(sys.argv) > 1 else CONFIGURATIONS
    if configurations:
        measure_all(configurations)
    write_tables()


def measure_all(configurations: int) -> None:
    """Compare every scheduler; one row each."""
    warnings.simplefilter("ignore")  # natives warn about how they are called here
    rows: list[dict[str, object]] = []
    for drawn in (*DRAWN, *FORMULAS):
        begin = time.perf_counter()
        rows.append(measure(drawn, configurations))
        took = time.perf_counter() - begin
        name = f"{drawn.library.name} {drawn.name}"
        print(f"{name:56} {rows[-1]['largest_difference']} {took:.0f} s", flush=True)
        with (HERE / "summary.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    environment = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{name: version(name) for name in PACKAGES},
    }
    text = json.dumps(environment, indent=2) + "\n"
    (HERE / "environment.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
