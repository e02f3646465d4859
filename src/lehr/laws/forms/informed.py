"""Informed: a form that begins from another prior than its own."""

from __future__ import annotations

from dataclasses import dataclass

from lehr.laws.curve import Array
from lehr.laws.forms.form import Form, Parameter
from lehr.laws.path import Path


@dataclass(frozen=True)
class Informed:
    """A form, and what else is known of its parameters.

    Attributes:
        form: the formula.
        parameters: what takes the place of its own, in the same order.
    """

    form: Form
    parameters: tuple[Parameter, ...]

    @property
    def name(self) -> str:
        """Return the form's name."""
        return self.form.name

    @property
    def source(self) -> str:
        """Return where the form is from."""
        return self.form.source

    def evaluate(self, values: Array, path: Path) -> tuple[Array, Array]:
        """Return the form's loss and its derivatives."""
        return self.form.evaluate(values, path)
