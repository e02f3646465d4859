"""Built-in problems on real data: `lehr choose digits`.

Three need no download (`digits`, `text`, `tabular`), two read a folder that the user has
(`cifar10`, `imagefolder`; `--data DIR`). A problem is one module here with a function `problem`,
named in `BUILT_IN`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Builtin:
    """A problem that ships with the package.

    Attributes:
        name: what is typed on the command line.
        target: where it is, as `ProblemSource.of` reads it.
        summary: one line for a listing.
        needs_data: whether its function wants `data`, a folder of the user's.
    """

    name: str
    target: str
    summary: str
    needs_data: bool = False


BUILT_IN = (
    Builtin(
        name="digits",
        target="lehr.problems.digits:problem",
        summary="a CNN on scikit-learn's handwritten digits, SGD with momentum",
    ),
    Builtin(
        name="text",
        target="lehr.problems.text:problem",
        summary="a small GPT on the Python standard library's own source, AdamW",
    ),
    Builtin(
        name="tabular",
        target="lehr.problems.tabular:problem",
        summary="an MLP that fills in hidden values of scikit-learn's breast cancer table, AdamW",
    ),
    Builtin(
        name="cifar10",
        target="lehr.problems.cifar10:problem",
        summary="a ResNet-20 on CIFAR-10 (--data: the python archive or its folder), SGD",
        needs_data=True,
    ),
    Builtin(
        name="imagefolder",
        target="lehr.problems.imagefolder:problem",
        summary="a small ResNet on your own images (--data: a folder of class folders), SGD",
        needs_data=True,
    ),
)
