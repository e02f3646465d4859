"""Weights & Biases: an offline run's `run-ID.wandb`, or its folder, by W&B's own reader.

The file is W&B's to read: `wandb.sdk.internal.datastore`, which wandb has up to 0.29; it reads what
0.31 has written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from lehr.errors import MissingError
from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.table import Row, table
from lehr.logs.wandb_chart import STEP


def _file(path: Path) -> Path | None:
    if path.is_file():
        return path if path.suffix == ".wandb" else None
    files = sorted(path.glob("run-*.wandb"))
    return files[0] if len(files) == 1 else None


def _claims(path: Path) -> bool:
    return _file(path) is not None


def _read(path: Path, asked: Asked) -> Log:
    file = _file(path) or path
    return table(path.name, list(_rows(file)), step_column=asked.step_column, words=STEP)


def _rows(file: Path) -> Iterator[Row]:
    try:
        messages: Any = import_module("wandb.proto.wandb_internal_pb2")
        store: Any = import_module("wandb.sdk.internal.datastore").DataStore()
    except ImportError as error:
        raise MissingError(
            f"no reader of W&B's is here for {file.name}",
            value=str(error),
            rule="an offline run is read by wandb's own reader, which wandb has up to 0.29",
            fix="pip install 'wandb<0.30', or `wandb sync` it and export its history: docs/logs.md",
        ) from error
    with closing(store):
        try:
            store.open_for_scan(str(file))
            while (data := store.scan_data()) is not None:
                record: Any = messages.Record()
                record.ParseFromString(data)
                if record.WhichOneof("record_type") == "history":
                    yield {
                        item.key or "/".join(item.nested_key): json.loads(item.value_json)
                        for item in record.history.item
                    }
        except Exception as error:  # that reader asserts what it expects, and raises bare ones
            if store.get_offset() < file.stat().st_size:
                raise ValueError(f"it is damaged: {error}") from error
            # else its end is missing: the run was killed, or is still running


WANDB_OFFLINE = Reader(
    name="a W&B offline run",
    claims=_claims,
    read=_read,
    has_columns=True,
)
