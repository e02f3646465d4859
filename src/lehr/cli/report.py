"""`lehr report`: a finished study, shown again."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App
from rich.text import Text

from lehr.choose import measured_pace, read_study
from lehr.cli.output import print_json, stdout
from lehr.report.build import build
from lehr.report.terminal import print_report

EXAMPLES = """\
Examples:
  lehr report lehr-runs/digits
  lehr report lehr-runs/digits --html result.html
  lehr report lehr-runs/digits --json
"""

app = App(name="report", help_epilogue=EXAMPLES)


@app.default
def report(directory: Path, /, *, html: Path | None = None, json: bool = False) -> int:
    """Show a study.

    Args:
        directory: of the study, as `lehr choose` left it.
        html: write the page to this file.
        json: write the whole report as JSON.
    """
    study = read_study(directory)
    aimed = study.decision.target is not None
    shown = build(study, seconds_per_step=measured_pace(directory) if aimed else None)
    if html is not None:
        from lehr.report.page import write_page  # plotly takes a moment

        write_page(shown, html)
    if json:
        print_json(shown.model_dump_json(indent=2))
    elif html is not None:
        stdout().print(Text(f"report: {html}"), soft_wrap=True)
    else:
        print_report(shown, stdout())
    return 0
