"""What a word of the command line names: a file, a folder, a run in a file, or no log."""

from __future__ import annotations

from pathlib import Path

import pytest

from lehr.errors import UsageError
from lehr.logs import READERS, is_log, logs_in, read

ROOT = Path(__file__).parent.parent.parent
LOG = "step,lr\n0,0.1\n"


def test_the_docs_name_each_reader_in_its_order() -> None:
    """For they say that the first of two reads a folder of both."""
    lines = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8").splitlines()
    named = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]
    assert named[1:] == ["---", *(reader.name for reader in READERS)]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_looks_and_never_raises(reader, tmp_path: Path) -> None:
    """At nothing, an empty folder, an empty file, and bytes of no kind."""
    (tmp_path / "folder").mkdir()
    for name in ("no", "no.txt", "no.wandb.txt"):
        (tmp_path / name).write_bytes(b"\xff\x00" * 50)
    for name in ("nowhere", "folder", "no", "no.txt", "no.wandb.txt"):
        assert not reader.claims(tmp_path / name)


def test_a_folder_of_several_runs_lists_them(tmp_path: Path) -> None:
    """Each as it would be typed; what is hidden or no log is left out."""
    for name in ("b/version_0", "b/version_1", ".hidden/version_0"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "metrics.csv").write_text(LOG)
    (tmp_path / "a.csv").write_text(LOG)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UsageError) as caught:
        read(tmp_path)
    text = str(caught.value)
    listed = [str(tmp_path / name) for name in ("a.csv", "b/version_0", "b/version_1")]
    assert f"in it: {', '.join(listed)}\n" in text
    assert f"try:  {listed[0]}" in text
    assert list(map(str, logs_in(tmp_path))) == listed
    assert logs_in(tmp_path / "a.csv") == [tmp_path / "a.csv"]
    assert logs_in(tmp_path / "b" / "version_0") == [tmp_path / "b" / "version_0"]


def test_a_folder_without_a_log_says_what_is_one(tmp_path: Path) -> None:
    """And no folder, no file and no run are three other errors."""
    with pytest.raises(UsageError, match="not the folder of one run") as caught:
        read(tmp_path)
    assert "docs/logs.md" in str(caught.value)
    with pytest.raises(UsageError, match="there is no such log"):
        read(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="there is no such log"):
        read(Path(f"{tmp_path}/nowhere.db::run"))
    (tmp_path / "a.csv").write_text(LOG)
    with pytest.raises(UsageError, match="the log of one run"):
        read(Path(f"{tmp_path}/a.csv::run"))


def test_a_file_may_be_called_as_it_likes(tmp_path: Path) -> None:
    """A name with the separator in it is a name where there is such a file."""
    (tmp_path / "a::b.csv").write_text(LOG)
    assert len(read(tmp_path / "a::b.csv").lr()) == 1


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("folder", True),
        ("nowhere.jsonl", True),
        ("mlflow.db::run", True),
        ('warmup("5%") >> cosine()', False),
        ("hold() >> " * 100 + "linear()", False),  # too long for a path
        ("cosine(\0)", False),
    ],
)
def test_a_log_is_no_schedule(
    text: str, is_one: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there, what ends like a log, what names a run; all else is a schedule's text."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    assert is_log(text) is is_one
