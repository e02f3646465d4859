"""Ports against the libraries themselves, at every step of configurations drawn at random."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
from drawn import Drawn, compare
from drawn_formulas import FORMULAS
from drawn_ports import DRAWN

from lehr.catalog import ports
from lehr.catalog.ports import LIBRARIES, QUIRKS
from lehr.schedule import parse

CONFIGURATIONS = 50
KNOWN = {(quirk.library, quirk.key) for quirk in QUIRKS}


@pytest.mark.parametrize("drawn", [*DRAWN, *FORMULAS], ids=lambda d: f"{d.library.name}-{d.name}")
def test_a_port_is_the_librarys_scheduler(drawn: Drawn) -> None:
    """Every lr is the library's, but for what the table of quirks names; the text reads back."""
    rng = random.Random(f"test {drawn.library.name} {drawn.name}")
    for _ in range(CONFIGURATIONS):
        arguments = drawn.draw(rng)
        found = compare(drawn, arguments)
        assert found.largest <= drawn.tolerance, (arguments, found.port)
        assert {(drawn.library.name, key) for key in found.excluded} <= KNOWN
        assert parse(repr(found.port.schedule)) == found.port.schedule
    assert pickle.loads(pickle.dumps(found.port)) == found.port
    assert found.port.lr(0) == found.port.lr(np.arange(3))[0]


def test_every_scheduler_is_compared() -> None:
    """A port that nobody compares with its library does not exist."""
    compared = {(drawn.library.name, drawn.name) for drawn in (*DRAWN, *FORMULAS)}
    for library in LIBRARIES:
        for build in set(library.builders.values()):
            names = {(library.name, name) for name, b in library.builders.items() if b is build}
            borrowed = library is not ports.torch and build in ports.torch.builders.values()
            assert names & compared or borrowed, names
