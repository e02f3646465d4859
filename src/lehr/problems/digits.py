"""`digits`: a small CNN that reads handwritten digits, in whatever pose they are.

Data: the 1,797 images of 8 × 8 pixels that ship with scikit-learn (the test part of the UCI set
"Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, 1998). Of every four
images in the order of that set, the third is for validation and the fourth for the test: 899
to train on, 449 to select on, 449 to test on. Training images are turned by up to 30 degrees,
scaled by up to 30 % and moved by up to two pixels, anew in each epoch; each image held out
is there in three such poses, drawn once and for all. Upright, a network of this size reads nearly
all of them whatever its learning rate, and there is nothing to choose.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn

from lehr.problems.augment import random_poses
from lehr.problems.classification import Labelled, classification_loss, classification_metrics
from lehr.problems.extras import require
from lehr.problems.holdout import holdout
from lehr.problems.minibatches import minibatches
from lehr.training import TorchProblem

_BATCH = 256
_POSES = 3  # of each image that is held out
_WIDTH = 16  # channels of the first layer


def problem(*, steps: int = 1_000) -> TorchProblem:
    """Choose for a CNN with batch normalisation and dropout, trained by SGD with momentum.

    Args:
        steps: optimizer steps of a full run; three of them see most training images once.
    """
    data = load()
    metrics = partial(classification_metrics, validation=data["validation"], test=data["test"])
    return TorchProblem(
        name="digits",
        model=network,
        optimizer=lambda params, lr: torch.optim.SGD(
            params, lr=lr, momentum=0.9, weight_decay=5e-4
        ),
        loss=classification_loss,
        train=partial(epoch, data["train"]),
        evaluate=metrics,
        steps=steps,
        objective="val_loss",
    )


def load() -> dict[str, Labelled]:
    """Read the three parts: images (samples, 1, 8, 8) between 0 and 1, and classes.

    Validation and test images are there in three poses each, drawn by a generator of their own.

    Raises:
        UsageError: scikit-learn is not installed.
    """
    require("sklearn")
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    images = torch.as_tensor(pixels, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    labels = torch.as_tensor(classes, dtype=torch.int64)
    parts = holdout(len(images), every=4)
    generator = torch.Generator().manual_seed(0)
    return {
        "train": (images[parts.train], labels[parts.train]),
        "validation": _held_out(images[parts.validation], labels[parts.validation], generator),
        "test": _held_out(images[parts.test], labels[parts.test], generator),
    }


def epoch(train: Labelled, generator: torch.Generator) -> Iterator[Labelled]:
    """Give shuffled batches of posed images, three in an epoch."""
    for images, classes in minibatches(generator, *train, size=_BATCH):
        yield _posed(images, generator), classes


def network() -> nn.Module:
    """Build three convolutions and a linear layer: 8,474 parameters.

    (samples, 1, 8, 8) -> logits (samples, 10).
    """
    return nn.Sequential(
        *_convolution(1, _WIDTH),
        *_convolution(_WIDTH, _WIDTH),
        nn.MaxPool2d(2),
        *_convolution(_WIDTH, 2 * _WIDTH),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(2 * _WIDTH * 4, 10),
    )


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]


def _held_out(images: Tensor, classes: Tensor, generator: torch.Generator) -> Labelled:
    return _posed(images.repeat(_POSES, 1, 1, 1), generator), classes.repeat(_POSES)


def _posed(images: Tensor, generator: torch.Generator) -> Tensor:
    return random_poses(images, generator, degrees=30.0, scale=0.3, shift=0.25)
