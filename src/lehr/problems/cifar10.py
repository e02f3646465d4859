"""`cifar10`: a ResNet-20 on CIFAR-10, with the customary flips and shifts.

Data: the archive `cifar-10-python.tar.gz` of A. Krizhevsky ("Learning Multiple Layers of Features
from Tiny Images", 2009), or the folder `cifar-10-batches-py` in it. Every tenth training image, in
the order of the archive, is for validation: 45,000 to train on, 5,000 to select on; the 10,000
test images are for the test. The network, the augmentation and the optimizer are those of He et
al. 2016, §4.2, who train for 64,000 steps; the default here is a fifth of that. Meant for a GPU.
"""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F

from lehr.problems.cifar10_archive import read_archive
from lehr.problems.classification import classification_loss, classification_metrics
from lehr.problems.image_training import epoch, statistics
from lehr.problems.resnet import ResNet
from lehr.training import TorchProblem

_BATCH = 128
_SIDE = 32
_SHIFT = 4  # pixels


def problem(data: str, *, steps: int = 12_800) -> TorchProblem:
    """Choose for a ResNet-20 on CIFAR-10, trained by SGD with momentum.

    Args:
        data: the archive, the folder in it, or a folder that holds either.
        steps: optimizer steps of a full run; 351 of them see each training image once.

    Raises:
        UsageError: no such archive there, or not a whole one.
    """
    archive = read_archive(data)
    held_out = torch.arange(len(archive.train_classes)) % 10 == 9
    images, classes = archive.train_images[~held_out], archive.train_classes[~held_out]
    mean, deviation = statistics(images)
    padded = F.pad(images, (_SHIFT,) * 4)
    return TorchProblem(
        name="cifar10",
        model=lambda: ResNet(
            classes=10, widths=(16, 32, 64), blocks=3, mean=mean, deviation=deviation
        ),
        optimizer=lambda params, lr: torch.optim.SGD(
            params, lr=lr, momentum=0.9, weight_decay=1e-4
        ),
        loss=classification_loss,
        train=partial(epoch, (padded, classes), batch=_BATCH, size=_SIDE),
        evaluate=partial(
            classification_metrics,
            validation=(archive.train_images[held_out], archive.train_classes[held_out]),
            test=(archive.test_images, archive.test_classes),
        ),
        steps=steps,
        objective="val_loss",
    )
