"""Templates: the lines around a scheduler, a formula or a table, one set per framework."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from lehr.catalog.convert.formula import JAX, KERAS, PYTHON, Dialect
from lehr.schedule.checked import number_text

Branches = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Templates:
    """How a framework's code looks.

    Attributes:
        library: whose scheduler it would be.
        dialect: how its functions are written.
        native: text of a call, peak lr -> code.
        formula: branches, peak lr -> code.
        table: texts of the multipliers, peak lr -> code.
    """

    library: str
    dialect: Dialect
    native: Callable[[str, float], str]
    formula: Callable[[Branches, float], str]
    table: Callable[[list[str], float], str]


def _function(branches: Branches) -> str:
    """Write the multiplier as a plain Python function."""
    lines = ["def multiplier(t):  # of the peak lr, used by update t, from 0"]
    for condition, expression in branches:
        if condition:
            lines += [f"    if {condition}:", f"        return {expression}"]
        else:
            lines.append(f"    return {expression}")
    if len(lines) > 15:
        lines = [lines[0], *_short(branches)]
    return "\n".join(lines)


def _short(branches: Branches) -> list[str]:
    return [f"    {f'if {when}: ' if when else ''}return {what}" for when, what in branches]


def _values(name: str, values: list[str]) -> str:
    body = textwrap.fill(", ".join(values), 96, initial_indent="    ", subsequent_indent="    ")
    return f"{name} = [\n{body},\n]"


def _imports(code: str, *lines: str) -> str:
    """Put imports before the code, `math` only where it is used."""
    standard = ["import math", ""] if "math." in code else []
    return "\n".join([*standard, *lines, "", code])


def _torch_lambda(body: str) -> str:
    code = f"\n{body}\n\n\nscheduler = LambdaLR(optimizer, multiplier)"
    return _imports(code, "from torch.optim.lr_scheduler import LambdaLR")


def _torch_table(values: list[str]) -> str:
    table = _values("MULTIPLIERS", values)
    function = (
        "def multiplier(t):  # of the peak lr, used by update t, from 0\n"
        "    return MULTIPLIERS[min(t, len(MULTIPLIERS) - 1)]"
    )
    return _torch_lambda(f"{table}\n\n\n{function}").replace("\n\n\nMULT", "\n\nMULT")


def _torch_native(call: str, _: float) -> str:
    return f"from torch.optim import lr_scheduler\n\nscheduler = {call}"


def _lightning(code: str, peak: float) -> str:
    """Put a torch scheduler into a method of a LightningModule."""
    head, _, last = code.partition("scheduler = ")
    scheduler = textwrap.indent(f"scheduler = {last}", "    ")
    return (
        f"{head.rstrip().replace('from torch', f'import torch{chr(10)}from torch', 1)}\n\n\n"
        "def configure_optimizers(self):  # a method of your LightningModule\n"
        f"    optimizer = torch.optim.AdamW(self.parameters(), lr={number_text(peak)})\n"
        f"{scheduler}\n"
        '    config = {"scheduler": scheduler, "interval": "step", "frequency": 1}\n'
        '    return {"optimizer": optimizer, "lr_scheduler": config}'
    )


def _transformers_native(call: str, _: float) -> str:
    return f"from transformers import get_scheduler\n\nscheduler = {call}"


def _keras_class(lines: list[str], before: str = "", *imports: str) -> str:
    body = "\n".join(f"        {line}" for line in lines)
    code = (
        f"{before}\n@keras.saving.register_keras_serializable()\n"
        "class Multiplied(keras.optimizers.schedules.LearningRateSchedule):\n"
        "    def __call__(self, step):  # the lr used by update `step`, from 0\n"
        f"{body}\n\n"
        "    def get_config(self):\n"
        "        return {}\n\n\n"
        "learning_rate = Multiplied()"
    )
    return _imports(code, "import keras", "from keras import ops", *imports)


def _where(branches: Branches, prefix: str) -> list[str]:
    """Write branches from the last on, each chosen over what comes after it."""
    *before, (_, last) = branches
    lines = [f"m = {last}"]
    lines += [f"m = {prefix}.where({when}, {what}, m)" for when, what in reversed(before)]
    return lines


def _keras_formula(branches: Branches, peak: float) -> str:
    lines = ['t = ops.cast(step, "float32")', *_where(branches, "ops")]
    lines.append(
        f"return {number_text(peak)} * m + 0.0 * t"
        if len(branches) == 1
        else f"return {number_text(peak)} * m"
    )
    return _keras_class(lines)


def _keras_table(values: list[str], peak: float) -> str:
    lines = [
        't = ops.minimum(ops.cast(step, "int32"), len(MULTIPLIERS) - 1)',
        f"return {number_text(peak)} * ops.take(ops.convert_to_tensor(MULTIPLIERS), t)",
    ]
    return _keras_class(lines, f"{_values('MULTIPLIERS', values)}\n\n")


def _keras_native(call: str, _: float) -> str:
    return f"import keras\n\nlearning_rate = {call}"


def _optax_formula(branches: Branches, peak: float) -> str:
    inner = "\n".join(f"    {line}" for line in _where(branches, "jnp"))
    code = (
        "\ndef learning_rate(t):  # used by update t, from 0\n"
        f"{inner}\n    return {number_text(peak)} * m"
    )
    return _imports(code, "import jax.numpy as jnp")


def _optax_table(values: list[str], peak: float) -> str:
    code = (
        f"{_values('MULTIPLIERS', values)}\n\n\n"
        "def learning_rate(t):  # used by update t, from 0\n"
        "    m = jnp.asarray(MULTIPLIERS)[jnp.minimum(t, len(MULTIPLIERS) - 1)]\n"
        f"    return {number_text(peak)} * m"
    )
    return _imports(code, "import jax.numpy as jnp")


def _optax_native(call: str, _: float) -> str:
    return f"import optax\n\nlearning_rate = {call}"


_TORCH = Templates(
    library="torch",
    dialect=PYTHON,
    native=_torch_native,
    formula=lambda branches, _: _torch_lambda(_function(branches)),
    table=lambda values, _: _torch_table(values),
)

TEMPLATES: dict[str, Templates] = {
    "torch": _TORCH,
    "keras": Templates(
        library="Keras",
        dialect=KERAS,
        native=_keras_native,
        formula=_keras_formula,
        table=_keras_table,
    ),
    "optax": Templates(
        library="Optax",
        dialect=JAX,
        native=_optax_native,
        formula=_optax_formula,
        table=_optax_table,
    ),
    "transformers": Templates(
        library="Hugging Face",
        dialect=PYTHON,
        native=_transformers_native,
        formula=_TORCH.formula,
        table=_TORCH.table,
    ),
    "lightning": Templates(
        library="torch",
        dialect=PYTHON,
        native=lambda call, peak: _lightning(_torch_native(call, peak), peak),
        formula=lambda branches, peak: _lightning(_TORCH.formula(branches, peak), peak),
        table=lambda values, peak: _lightning(_TORCH.table(values, peak), peak),
    ),
}
"""What `lehr convert --to` takes."""
