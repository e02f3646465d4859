"""Finds the images of a folder of class folders, splits them, and reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from lehr.errors import UsageError, did_you_mean
from lehr.problems.classification import Labelled
from lehr.problems.holdout import holdout

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
_EVERY = 10  # two of them are held out
_RULE = "DIR/<class>/<image>, or DIR/train/<class>/<image> and DIR/val/<class>/<image>"
_MEMORY = 4 * 2**30  # bytes of images in one process

ImageFile = tuple[Path, int]
"""Where an image is, and its class."""


@dataclass(frozen=True, kw_only=True)
class FoundImages:
    """The images of a folder, split.

    Attributes:
        classes: names of the class folders, sorted; an image's class is the position here.
        train: what is trained on.
        validation: what is selected on.
        test: what nothing is selected on.
    """

    classes: tuple[str, ...]
    train: tuple[ImageFile, ...]
    validation: tuple[ImageFile, ...]
    test: tuple[ImageFile, ...]


def find_images(folder: Path) -> FoundImages:
    """Find and split the images; none is opened yet.

    Folders and files whose names start with a dot, and files without an image's suffix, are not
    looked at.

    Raises:
        UsageError: no such folder, no classes or a single one, too few images in one.
    """
    if not folder.is_dir():
        value = f"{folder}, which {'is a file' if folder.exists() else 'does not exist'}"
        raise UsageError("no folder of images there", value=value, rule=_RULE)
    if (folder / "train").is_dir() and (folder / "val").is_dir():
        return _given_split(folder)
    classes = _classes(folder)
    parts: dict[str, list[ImageFile]] = {"train": [], "validation": [], "test": []}
    for position, name in enumerate(classes):
        images = _images(folder / name, position)
        if len(images) < _EVERY:
            raise _too_few(folder / name, len(images), _EVERY)
        split = holdout(len(images), every=_EVERY)
        parts["train"] += [images[p] for p in split.train]
        parts["validation"] += [images[p] for p in split.validation]
        parts["test"] += [images[p] for p in split.test]
    return FoundImages(classes=classes, **{name: tuple(part) for name, part in parts.items()})


def read_images(files: Sequence[ImageFile], *, side: int) -> Labelled:
    """Read images into memory: (samples, 3, side, side), uint8, and classes (samples,).

    Each is turned upright and to RGB, scaled until its shorter side is `side`, and its middle
    square kept.

    Raises:
        UsageError: one cannot be read (says which), or all together are too large for memory.
    """
    size = len(files) * 3 * side * side
    if size > _MEMORY:
        raise UsageError(
            "the images are too many to be held in memory",
            value=f"{len(files)} images of {side} × {side} pixels, {size / 2**30:.1f} GiB",
            rule=f"at most {_MEMORY / 2**30:.0f} GiB, in each worker process",
            fix="a smaller size=…, or a problem file of your own with a DataLoader",
        )
    images = torch.empty((len(files), 3, side, side), dtype=torch.uint8)
    for position, (path, _) in enumerate(files):
        images[position] = torch.from_numpy(np.array(_read(path, side))).permute(2, 0, 1)
    return images, torch.tensor([label for _, label in files], dtype=torch.int64)


def _read(path: Path, side: int) -> Image:
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise UsageError(
            "an image cannot be read",
            value=f"{path}: {error}",
            rule=f"whole images: {', '.join(SUFFIXES)}",
            fix="repair or remove this file",
        ) from error
    return ImageOps.fit(upright, (side, side), method=Image.Resampling.BILINEAR)


def _given_split(folder: Path) -> FoundImages:
    """Take `train`, `val` and `test` as they are; without `test`, half of `val` takes its place."""
    classes = _classes(folder / "train")
    train = _part(folder / "train", classes)
    held_out = _part(folder / "val", classes)
    if (folder / "test").is_dir():
        validation, test = held_out, _part(folder / "test", classes)
    else:
        validation = [images[0::2] for images in held_out]
        test = [images[1::2] for images in held_out]
        short = [(n, len(i)) for n, i in zip(classes, held_out, strict=True) if len(i) < 2]
        if short:
            raise _too_few(folder / "val" / short[0][0], short[0][1], 2)
    return FoundImages(
        classes=classes,
        train=tuple(image for images in train for image in images),
        validation=tuple(image for images in validation for image in images),
        test=tuple(image for images in test for image in images),
    )


def _part(folder: Path, classes: tuple[str, ...]) -> list[list[ImageFile]]:
    """Find the images of each class in one part of a given split."""
    unknown = [name for name in _classes(folder) if name not in classes]
    if unknown:
        raise UsageError(
            "a class without training images",
            value=f"{folder / unknown[0]}; {did_you_mean(unknown[0], classes)}",
            rule="the class folders are those of train/",
        )
    found = [_images(folder / name, position) for position, name in enumerate(classes)]
    for name, images in zip(classes, found, strict=True):
        if not images:
            raise _too_few(folder / name, 0, 1)
    return found


def _classes(folder: Path) -> tuple[str, ...]:
    names = sorted(f.name for f in folder.iterdir() if f.is_dir() and not f.name.startswith("."))
    if len(names) < 2:
        raise UsageError(
            "no class folders there" if not names else "a single class: nothing to tell apart",
            value=f"{folder} with {f'the folder {names[0]}' if names else 'no folder'}",
            rule=_RULE,
        )
    return tuple(names)


def _images(folder: Path, label: int) -> list[ImageFile]:
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    return [(path, label) for path in sorted(found)]


def _too_few(folder: Path, count: int, least: int) -> UsageError:
    return UsageError(
        "too few images of a class",
        value=f"{count} in {folder}",
        rule=f"at least {least} in each class folder",
        fix="add images, or remove the class",
    )
