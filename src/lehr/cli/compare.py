"""`lehr compare`: which of two proposals is better?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lehr import choose as library
from lehr.catalog import parse
from lehr.choose import Candidate, Comparison
from lehr.cli.interrupt import terminable
from lehr.cli.output import print_json, stderr, stdout
from lehr.cli.problem import find_problem
from lehr.cli.progress import watch
from lehr.errors import UsageError
from lehr.report import numerals, reaching, words
from lehr.report.evidence import plan_text
from lehr.schedule import Plan

EXAMPLES = """\
A and B are a schedule (or a plan) and a peak lr with @ between them. Both are
trained on the same seeds until one is surely better or the pairs are spent.
The same comparison again, with more pairs or after Ctrl-C, trains only what is missing.

Examples:
  lehr compare digits 'warmup("5%") >> cosine() @ 0.1' 'wsd() @ 0.05'
  lehr compare my_problem.py 'linear() @ 1e-3' 'linear() @ 3e-3' --pairs 10
  lehr compare 'cosine() @ 1e-3' 'rex() @ 1e-3' -- python train.py

Exit code: 0 done, 2 wrong usage, 3 the problem failed, 130 interrupted.
"""

USAGE = """\
Usage: lehr compare [OPTIONS] PROBLEM A B
       lehr compare [OPTIONS] A B -- COMMAND [ARGS...]"""

app = App(name="compare", usage=USAGE, help_epilogue=EXAMPLES)


@app.default
def compare(
    problem: str,
    a: str,
    b: str,
    /,
    *,
    pairs: int = 5,
    seed: int = 0,
    target: float | None = None,
    disk: float | None = None,
    executor: Literal["serial", "processes", "stacked"] = "processes",
    workers: int | None = None,
    data: Path | None = None,
    steps: int | None = None,
    directory: Path | None = None,
    fresh: bool = False,
    json: bool = False,
    command: Annotated[tuple[str, ...], Parameter(parse=False)] = (),
) -> int:
    """Compare two candidates.

    Args:
        problem: what to train, as for `lehr choose`.
        a: SCHEDULE @ PEAK.
        b: SCHEDULE @ PEAK.
        pairs: seeds at the most, at least 2.
        seed: the first of the seeds.
        target: value that the objective shall reach in the fewest steps, which are compared.
        disk: GiB that checkpoints may take.
        executor: where runs are trained; stacked trains many small models as one program.
        workers: processes at once.
        data: a folder, passed to the problem as `data`.
        steps: optimizer steps of a full run, passed to the problem as `steps`.
        directory: of the study; without, lehr-runs/ and the name of the file or problem.
        fresh: start over, forgetting what compare trained.
        json: write the comparison as JSON.
        command: the words after `--`.
    """
    first, second = read_candidate(a), read_candidate(b)
    named = find_problem(problem, command=command, data=data, steps=steps)
    with terminable(), watch(stderr()) as progress:
        comparison = library.compare(
            named.source,
            first,
            second,
            directory=named.directory(directory),
            pairs=pairs,
            seed=seed,
            target=target,
            disk=disk,
            executor=executor,
            workers=workers,
            fresh=fresh,
            progress=progress,
        )
    if json:
        print_json(comparison.model_dump_json(indent=2))
    else:
        _print(comparison, stdout())
    return 0


def read_candidate(text: str) -> Candidate:
    """Read `SCHEDULE @ PEAK`.

    Raises:
        UsageError: there is no @, or what follows it is no peak lr.
        ParseError: what precedes it is no schedule.

    >>> str(read_candidate("cosine() @ 1e-3"))
    'cosine() @ 0.001'
    """
    schedule, at, peak = text.rpartition("@")
    try:
        peak_lr = float(peak)
    except ValueError:
        at = ""
        peak_lr = 0.0
    if not at:
        raise UsageError(
            "a candidate is a schedule and a peak lr",
            value=text,
            rule="SCHEDULE @ PEAK",
            fix=f"'{text.partition('@')[0].strip() or 'cosine()'} @ 1e-3', quoted for the shell",
        )
    return Candidate(Plan.of(parse(schedule.strip())), peak_lr)


def _print(comparison: Comparison, console: Console) -> None:
    verdict = {
        "a": "A is better",
        "b": "B is better",
        "indistinguishable": "too close to call",
    }[comparison.verdict]
    console.print(Text(verdict, style="bold dark_orange"))
    console.print(Text(f"{comparison.advice}."))
    gain = comparison.gain_of_a
    if gain is not None:
        won = words.gain(gain, gain.mean) if comparison.target is None else reaching.fewer(gain)
        console.print(Text(f"gain of A over B: {won} ({words.gain_interval(gain)})"))
    for name, candidate in (("A", comparison.a), ("B", comparison.b)):
        told = f"{plan_text(candidate.plan)} @ {numerals.lr(candidate.peak_lr)}"
        console.print(Text.assemble((f"{name}: ", "dim"), told))
    console.print(_by_seed(comparison))
    if comparison.missed is not None and any(comparison.missed):
        counted = f"a run that missed the target counts as {comparison.horizon:,} steps"
        console.print(Text(counted, style="dim"))
    spent = numerals.number(comparison.cost_full_runs)
    console.print(Text(f"cost: {spent} full runs", style="dim"))


def _by_seed(comparison: Comparison) -> Table:
    """One row a seed, so that many of them need no wide terminal."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(Text(comparison.objective), overflow="fold")
    for name in "AB":
        table.add_column(name, justify="right")
    for seed, ends in comparison.objectives.items():
        a, b = (_end(comparison, place, seed, end) for place, end in enumerate(ends))
        table.add_row(f"seed {seed}", a, b)
    known = (comparison.expected_a, comparison.expected_b)
    a, b = ("unknown" if one is None else numerals.number(one.mean, 4) for one in known)
    table.add_row("to expect", a, b, style="bold")
    return table


def _end(comparison: Comparison, place: int, seed: int, end: float | None) -> str:
    """What a run came to, in a word or a number."""
    if end is None:
        unmeasured = comparison.unmeasured is not None and seed in comparison.unmeasured[place]
        return "not finite" if unmeasured else "diverged"
    missed = comparison.missed is not None and seed in comparison.missed[place]
    return "not reached" if missed else numerals.number(end, 4)
