"""The code to paste: the chosen schedule, in the words of the library."""

from __future__ import annotations

import ast

from lehr.choose.decision import Decision


def snippet(decision: Decision) -> str:
    """Write Python that trains with the decision; it wants an `optimizer` built with `peak_lr`."""
    plan = decision.plan
    alone = set(plan) == {"lr"}
    names = {name for text in plan.values() for name in _names(text)}
    if alone:
        value = f"schedule = {plan['lr']}"
    else:
        names.add("Plan")
        entries = "".join(f"    {name}={plan[name]},\n" for name in sorted(plan))
        value = f"schedule = Plan(\n{entries})"
    return "\n".join(
        [
            f"from lehr import {', '.join(sorted(names))}",
            "from lehr.adapters.torch import Scheduler",
            "",
            f"peak_lr = {decision.peak_lr!r}  # build your optimizer with lr=peak_lr",
            value,
            f"scheduler = Scheduler(optimizer, schedule, horizon={decision.horizon:_})",
            "",
            "scheduler.step()  # after every optimizer.step()",
        ]
    )


def _names(text: str) -> set[str]:
    """Names that a schedule's text uses.

    >>> sorted(_names('warmup("5%") >> cosine(final=0.1).clip(min=0.2)'))
    ['cosine', 'warmup']
    """
    tree = ast.parse(text, mode="eval")
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
