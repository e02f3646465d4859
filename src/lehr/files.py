"""Files that are whole or not there, and whose content says whether it was altered."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

SEAL = "sha256"
"""Key under which a sealed document holds the hash of all its others."""


def write_atomically(path: Path, text: str) -> None:
    """Write a file that is either the old one or the new one, whatever happens."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def seal(body: Mapping[str, object]) -> str:
    """Return a document as JSON, with the hash of its content.

    >>> print(seal({"format": 1}))
    {
     "format": 1,
     "sha256": "949e6da778a466d932d4580bf59c4a8376957d39d69bb36dd9cf9a66cc3ccff3"
    }
    """
    return _text({**body, SEAL: _hash(body)})


def unseal(text: str) -> dict[str, object]:
    """Return the content of what `seal` wrote, without the hash.

    Raises:
        ValueError: it is no such document, or its content was altered.

    >>> unseal(seal({"format": 1}))
    {'format': 1}
    >>> unseal(seal({"format": 1}).replace("1", "2", 1))
    Traceback (most recent call last):
    ...
    ValueError: its content is not what was written
    """
    document = cast("object", json.loads(text))
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    body = cast("dict[str, object]", document)
    if body.pop(SEAL, None) != _hash(body):
        raise ValueError("its content is not what was written")
    return body


def _hash(body: Mapping[str, object]) -> str:
    return hashlib.sha256(_text(body).encode()).hexdigest()


def _text(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=1, sort_keys=True)
