"""The study store: what has been trained, in one file that survives any death."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, cast, final

import numpy as np
from numpy.typing import NDArray

from lehr.choose.database import Database
from lehr.choose.lock import DriverLock
from lehr.choose.rows import (
    Value,
    read_losses,
    read_metrics,
    write_losses,
    write_metrics,
    write_segment,
)
from lehr.choose.segment import Segment, SegmentResult
from lehr.errors import StudyError, UsageError

_FILE = "study.sqlite"
_LOCK = "study.lock"
STACKED = "trained as one program"
"""Name in a study's identity that says its results are the same to rounding, not to the bit."""
INEXACT = "the same steps twice agree to"
"""Name in a study's identity for the relative difference of runs that repeat no bits (GPUs)."""
_TABLES = {
    "identity": {"name": "TEXT", "value": "TEXT NOT NULL"},
    "results": {
        "key": "TEXT",
        "segment": "TEXT NOT NULL",
        "losses": "BLOB NOT NULL",
        "metrics": "TEXT NOT NULL",
        "diverged_at": "INTEGER",
        "saved": "INTEGER NOT NULL",
        "seconds": "REAL NOT NULL",
    },
    "documents": {"name": "TEXT", "text": "TEXT NOT NULL"},
}


@final
class Store:
    """The rows of one study: its identity, the results of its segments, a few documents.

    Only the driver opens a store to write (`Store.open`); anyone may `Store.read` it meanwhile.
    What a `put_…` method wrote is on disk when it returns, and each row carries a hash that is
    verified when the store is opened and whenever the row is read: an altered row raises, it is
    never used.
    """

    def __init__(self, database: Database, lock: DriverLock | None) -> None:
        self._database = database
        self._lock = lock

    @classmethod
    def open(cls, directory: Path, *, fresh: bool = False) -> Store:
        """Open the study in `directory` for its driver.

        Args:
            directory: created if it is missing.
            fresh: forget what was there, once the lock is held.

        Raises:
            UsageError: the directory cannot be made, or not be written to.
            StudyError: another driver holds the lock; or the store is altered, of another version
                of lehr, or not a study.
        """
        path = directory / _FILE
        try:
            directory.mkdir(parents=True, exist_ok=True)
            lock = DriverLock(directory / _LOCK)
        except OSError as error:
            raise _unusable(directory, error) from error
        try:
            if fresh:
                for suffix in ("-wal", "-shm", ""):
                    Path(f"{path}{suffix}").unlink(missing_ok=True)
            return cls(Database(path, tables=_TABLES, write=True), lock)
        except OSError as error:
            lock.release()
            raise _unusable(directory, error) from error
        except BaseException:
            lock.release()
            raise

    @classmethod
    def read(cls, directory: Path) -> Store:
        """Open the study in `directory` to look at it, while a driver runs or afterwards.

        Raises:
            StudyError: there is no study; or it is altered, of another version of lehr, or
                something else.
        """
        path = directory / _FILE
        if not (path.is_file() and path.stat().st_size):
            raise StudyError(
                f"there is no study in {directory}",
                rule=f"a study's directory holds {_FILE}",
                fix="name the directory that `lehr choose` printed",
            )
        return cls(Database(path, tables=_TABLES, write=False), None)

    def close(self) -> None:
        """Close the file and let go of the lock; a second call does nothing."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def identity(self) -> dict[str, str] | None:
        """Return what the study was started with; None for a new one."""
        return {str(name): str(value) for name, value in self._database.rows("identity")} or None

    def set_identity(self, identity: Mapping[str, str]) -> None:
        """Fix what the study is of; on a study that has an identity, demand that it is the same.

        Raises:
            StudyError: the study was started with another identity; the error shows both.
        """
        kept = self.identity()
        if kept is None:
            self._database.put("identity", *sorted(identity.items()))
            return
        changed = [
            f"{name}: {kept.get(name, 'not there')} → {identity.get(name, 'not there')}"
            for name in sorted(kept.keys() | identity.keys())
            if kept.get(name) != identity.get(name)
        ]
        if changed:
            raise StudyError(
                f"the study in {self._database.path.parent} was started with something else",
                value="; ".join(changed),
                rule="a study is resumed with the problem and the settings it was started with",
                fix="undo the change, use another directory, or start over with `--fresh`",
            )

    def put_result(self, segment: Segment, result: SegmentResult) -> None:
        """Keep the result of a segment.

        A segment may be trained again, for a checkpoint that was evicted: then its losses and its
        metrics must be the same. Where runs are trained as one program they are the same only to
        rounding, in whatever company they were; then what was kept first stays. So it does on a
        device whose own sums differ from run to run, if the second agrees with it about.

        Raises:
            StudyError: training the segment again gave something else; or the disk is full.
        """
        if result.key != segment.key:
            raise StudyError(
                "a result was given for another segment",
                value=f"segment {segment.key}, result of {result.key}",
                rule="a result carries the key of its segment",
            )
        kept = self.result(segment.key)
        if kept is not None:
            identity = self.identity() or {}
            if STACKED in identity:
                return
            about = float(identity.get(INEXACT, 0))
            _agree(segment, kept, result, about=about)
            if about:
                return
        row = (
            segment.key,
            write_segment(segment),
            write_losses(result.losses),
            write_metrics(result.metrics),
            None if result.diverged_at is None else int(result.diverged_at),
            int(result.saved),
            float(result.seconds),
        )
        self._database.put("results", row)

    def result(self, key: str) -> SegmentResult | None:
        """Return the result of the segment `key`, None if it is not known.

        `saved` tells whether a checkpoint was written then; `Checkpoints.has` tells whether it is
        there now.
        """
        return next((_result(row) for row in self._database.rows("results", key)), None)

    def keys(self) -> set[str]:
        """Return the keys of all segments whose result is known."""
        return self._database.keys("results")

    def seconds_per_step(self) -> float | None:
        """Return the median wall time of a step, evaluations included; None for no results."""
        results = map(_result, self._database.rows("results"))
        times = [result.seconds / len(result.losses) for result in results if len(result.losses)]
        return statistics.median(times) if times else None

    def put_document(self, name: str, text: str) -> None:
        """Keep a small JSON document under `name`, in place of the one that was there."""
        self._database.put("documents", (name, text))

    def document(self, name: str) -> str | None:
        """Return the document `name`, None if there is none."""
        return next((str(text) for _, text in self._database.rows("documents", name)), None)


def _unusable(directory: Path, error: OSError) -> UsageError:
    return UsageError(
        f"no study can be kept in {directory}",
        value=error.strerror or str(error),
        rule="a study needs a directory that can be made and written to",
        fix="--directory DIR, with another one",
    )


def _result(row: tuple[Value, ...]) -> SegmentResult:
    # The row's hash vouches for the types as well.
    key, _, losses, metrics, diverged_at, saved, seconds = row
    return SegmentResult(
        key=cast("str", key),
        losses=read_losses(cast("bytes", losses)),
        metrics=read_metrics(cast("str", metrics)),
        diverged_at=cast("int | None", diverged_at),
        saved=bool(saved),
        seconds=cast("float", seconds),
    )


def _agree(
    segment: Segment, kept: SegmentResult, again: SegmentResult, *, about: float = 0.0
) -> None:
    """Demand that a segment trained again gave what it gave before.

    Args:
        segment: what was trained.
        kept: what it gave first.
        again: what it gave now.
        about: relative difference that is allowed; 0: none, to the bit of a metric.

    Raises:
        StudyError: it did not; the error shows the first difference.
    """
    if len(kept.losses) != len(again.losses) or kept.diverged_at != again.diverged_at:
        difference = (
            f"{len(kept.losses)} losses and divergence at {kept.diverged_at}, then "
            f"{len(again.losses)} and {again.diverged_at}"
        )
    elif not (same := _same(kept.losses, again.losses, about)).all():
        place = int(np.argmin(same))
        difference = (
            f"training loss of step {segment.start + place}: "
            f"{float(kept.losses[place])!r}, then {float(again.losses[place])!r}"
        )
    elif not _same_metrics(kept, again, about):
        difference = f"metrics {write_metrics(kept.metrics)}, then {write_metrics(again.metrics)}"
    else:
        return
    raise StudyError(
        "training the same steps twice gave two results",
        value=difference,
        rule="the seed alone decides initial weights, batches and every random number of a run",
        fix="draw all randomness from the torch generators of the run, use deterministic kernels "
        "(torch.use_deterministic_algorithms(True)), then start over with `--fresh`",
    )


def _same(one: NDArray[np.float64], other: NDArray[np.float64], about: float) -> NDArray[np.bool_]:
    """Where two arrays of one shape agree; NaN agrees with NaN."""
    return np.isclose(one, other, rtol=about, atol=1e-8 if about else 0.0, equal_nan=True)


def _same_metrics(kept: SegmentResult, again: SegmentResult, about: float) -> bool:
    if not about:
        return write_metrics(kept.metrics) == write_metrics(again.metrics)
    if [(step, sorted(row)) for step, row in kept.metrics] != [
        (step, sorted(row)) for step, row in again.metrics
    ]:
        return False
    first, second = (
        np.array([row[name] for _, row in result.metrics for name in sorted(row)], np.float64)
        for result in (kept, again)
    )
    return bool(_same(first, second, about).all())
