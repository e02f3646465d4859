"""`lehr learn-prior`: what do my past runs say about the next model?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cyclopts import App
from rich.console import Console
from rich.text import Text

from lehr.cli.forecast_terminal import tell
from lehr.cli.output import print_json, stdout
from lehr.cli.runs import USUAL, Fitting, refuse_copies, refuse_overwriting, refuse_twice
from lehr.cli.tabulated import table
from lehr.errors import UsageError
from lehr.laws import Prior, learn_prior
from lehr.laws.forms import shipped
from lehr.laws.ladder import DEFAULT
from lehr.logs import logs_in
from lehr.report.logged import of_group

EXAMPLES = """\
GROUP is a folder with the logs of one model and data, several schedules and
peak lrs best; each group tells how the law's parameters lie for the likes of
it. What the runs of the next model leave open is then taken from there:
  lehr forecast ... --prior mine.json, and so lehr design.
Groups of much other data or sizes than the next model tell less about it.

Examples:
  lehr learn-prior runs_25m --to mine.json --weight-decay 0.1
  lehr learn-prior runs_25m runs_60m --to mine.json
  lehr learn-prior runs_150m --prior mine.json --to mine.json
"""

app = App(name="learn-prior", help_epilogue=EXAMPLES)


@app.default
def learn_prior_of(
    group: Path,
    /,
    *groups: Path,
    to: Path,
    json: bool = False,
    fitting: Fitting = USUAL,
) -> int:
    """Learn from past runs what forecasts of the next model begin with.

    Args:
        group: a folder of runs of one model and data.
        groups: more of them, each of another model.
        to: the file that is written.
        json: write what was learned as JSON.
        fitting: how the logs are read, and what was known before.
    """
    groups = (group, *groups)
    names = [path.resolve().name for path in groups]
    if len(set(names)) < len(names):
        raise UsageError(
            "two groups have one name",
            value=", ".join(names),
            rule="the prior names the groups that it was learned from",
        )
    before = fitting.known or shipped(DEFAULT)
    if fitting.law != before.form:
        raise UsageError(
            f"the {fitting.law} law has no prior",
            value=f"--law {fitting.law}",
            fix=f"--law {before.form}",
        )
    told = [line.partition(": ")[0] for line in before.provenance]
    again = [name for name in names if name in told]
    if again:
        raise UsageError(
            "the prior has been learned from this group already",
            value=", ".join(again),
            rule="no run counts twice; groups are told apart by the names of their folders",
            fix="leave it out, or give the folder of other runs another name",
        )
    logs = {name: logs_in(path) for name, path in zip(names, groups, strict=True)}
    named = [log for of_one in logs.values() for log in of_one]
    refuse_twice(named)
    refuse_overwriting(to, (*groups, *named), "--to mine.json")
    runs = {name: [fitting.run(log) for log in of_one] for name, of_one in logs.items()}
    refuse_copies(named, [run for of_one in runs.values() for run in of_one])
    curves = {name: [run.curve for run in group] for name, group in runs.items()}
    learned = learn_prior(curves, prior=before)
    learned.write(to)
    if json:
        print_json(
            {
                "law": learned.form,
                "weight": learned.weight,
                "before": {name: known._asdict() for name, known in before.known.items()},
                "learned": {name: known._asdict() for name, known in learned.known.items()},
                "provenance": learned.provenance,
                "weight_decay_assumed": [
                    name
                    for name, group in curves.items()
                    if not all(curve.decay_known for curve in group)
                ],
            }
        )
    else:
        _draw(before, learned, to, stdout())
        for name, logged in runs.items():
            doubts = of_group(logged)
            tell([replace(doubt, title=f"{name}: {doubt.title}") for doubt in doubts], stdout())
    return 0


def _draw(before: Prior, learned: Prior, path: Path, console: Console) -> None:
    headings = ("parameter", "before", "spread", "learned", "spread")
    rows = table(headings, words=("parameter",))
    for name, known in learned.known.items():
        numbers = (*before.known[name], *known)
        rows.add_row(name, *(f"{number:.3g}" for number in numbers))
    console.print(rows)
    told = learned.provenance[len(before.provenance) :]
    for line in told:
        console.print(Text(line, style="dim"), soft_wrap=True)
    weight = f"{before.weight:g} group{'s' * (before.weight != 1)}"
    words = f"what was known before counts for {weight}"
    console.print(Text(words, style="dim"), soft_wrap=True)
    console.print(Text(f"prior: {path}"), soft_wrap=True)
