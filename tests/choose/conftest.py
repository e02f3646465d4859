from __future__ import annotations

from pathlib import Path

import pytest
from studied import serial

from lehr.choose import StudyRecord


@pytest.fixture(scope="package")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyRecord, Path]:
    """A whole study with the default budget, and its directory."""
    directory = tmp_path_factory.mktemp("undisturbed")
    return serial(directory), directory
