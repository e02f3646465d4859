"""`imagefolder`: a small ResNet on your own images, one folder for each class.

Data: `DIR/<class>/…` with images anywhere below. Of every ten images of a class, sorted by path,
the ninth is for validation and the tenth for the test. With the folders `DIR/train` and `DIR/val`
(and perhaps `DIR/test`) that split is taken as it is; without `DIR/test`, every second image of
each class of `DIR/val` is for the test, so that selection never sees it.

An image is scaled until its shorter side is an eighth more than `size`, and its middle square kept;
all squares are held in memory as bytes. Training images are cut out of it at random and mirrored
or not, the others are cut out of its middle.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch

from lehr.errors import UsageError
from lehr.problems.classification import classification_loss, classification_metrics
from lehr.problems.extras import require
from lehr.problems.image_files import find_images, read_images
from lehr.problems.image_training import epoch, statistics
from lehr.problems.resnet import ResNet
from lehr.training import TorchProblem

_BATCH = 64
_SMALLEST, _LARGEST = 16, 256  # pixels: below it nothing is left after three halvings


def problem(data: str, *, steps: int = 2_000, size: int = 64) -> TorchProblem:
    """Choose for a small ResNet on a folder of class folders, trained by SGD with momentum.

    Args:
        data: the folder.
        steps: optimizer steps of a full run.
        size: height and width of the images that the network sees, 16 to 256 pixels.

    Raises:
        UsageError: no classes or a single one, too few images, one that cannot be read, or
            Pillow is not installed.
    """
    require("PIL")
    if not _SMALLEST <= size <= _LARGEST:
        raise UsageError(
            "images of that size cannot be trained on",
            value=f"size = {size}",
            rule=f"{_SMALLEST} to {_LARGEST} pixels",
        )
    found = find_images(Path(data).expanduser())
    stored = size + size // 8
    train_images, train_classes = read_images(found.train, side=stored)
    border = (stored - size) // 2
    middle = (..., slice(border, border + size), slice(border, border + size))
    validation_images, validation_classes = read_images(found.validation, side=stored)
    test_images, test_classes = read_images(found.test, side=stored)
    mean, deviation = statistics(train_images)
    return TorchProblem(
        name="imagefolder",
        model=lambda: ResNet(
            classes=len(found.classes),
            widths=(16, 32, 64, 128),
            blocks=1,
            mean=mean,
            deviation=deviation,
        ),
        optimizer=lambda params, lr: torch.optim.SGD(
            params, lr=lr, momentum=0.9, weight_decay=5e-4
        ),
        loss=classification_loss,
        train=partial(epoch, (train_images, train_classes), batch=_BATCH, size=size),
        evaluate=partial(
            classification_metrics,
            validation=(validation_images[middle], validation_classes),
            test=(test_images[middle], test_classes),
        ),
        steps=steps,
        objective="val_loss",
    )
