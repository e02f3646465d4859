import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lehr.problems.augment import random_crops, random_flips, random_poses
from lehr.problems.image_training import epoch, statistics
from lehr.problems.resnet import ResNet


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def numbered(count, side, channels=3):
    """Images in which each pixel has a number of its own."""
    return torch.arange(count * channels * side * side).view(count, channels, side, side)


@given(
    side=st.integers(2, 9), size=st.integers(1, 9), count=st.integers(1, 5), seed=st.integers(0, 99)
)
def test_crops_are_pieces_of_their_image(side, size, count, seed):
    """A crop is the square of the image that begins at its first pixel."""
    size = min(side, size)
    images = numbered(count, side)
    for image, cut in zip(images, random_crops(images, seeded(seed), size=size), strict=True):
        top, left = divmod(int(cut[0, 0, 0] - image[0, 0, 0]), side)
        assert torch.equal(cut, image[:, top : top + size, left : left + size])


def test_crops_reach_every_place():
    """Every place is drawn, the corners too."""
    cuts = random_crops(numbered(1, 3).expand(500, -1, -1, -1), seeded(), size=2)
    assert sorted(cuts[:, 0, 0, 0].unique().tolist()) == [0, 1, 3, 4]


def test_flips_mirror_half_of_the_images():
    """An image is mirrored left to right or left as it is, about as often."""
    images = numbered(400, 4)
    flipped = random_flips(images, seeded())
    kept = (flipped == images).flatten(1).all(1)
    mirrored = (flipped == images.flip(-1)).flatten(1).all(1)
    assert (kept ^ mirrored).all()
    assert 150 < kept.sum() < 250


def test_no_pose_is_the_image():
    """Without a turn, a change of size and a move an image stays what it is."""
    images = torch.rand(5, 1, 8, 8, generator=seeded())
    posed = random_poses(images, seeded(), degrees=0, scale=0, shift=0)
    assert torch.allclose(posed, images, atol=1e-6)


def test_poses_move_and_turn():
    """A move goes to either side, at most as far as asked; a turn about the centre keeps it."""
    dot = torch.zeros(300, 1, 9, 9)
    dot[:, :, 4, 4] = 1
    turned = random_poses(dot, seeded(), degrees=180, scale=0, shift=0)
    assert turned[:, 0, 4, 4].min() > 0.99
    moved = random_poses(dot, seeded(), degrees=0, scale=0, shift=2 / 9)
    columns = (moved.sum(2)[:, 0] * torch.arange(9)).sum(1)
    assert columns.min() == pytest.approx(2, abs=0.1)
    assert columns.max() == pytest.approx(6, abs=0.1)


def test_epoch_is_determined_by_the_generator():
    """The same seed gives the same augmented batches; raw bytes stay bytes."""
    images = torch.randint(256, (10, 3, 6, 6), generator=seeded()).byte()
    data = (images, torch.arange(10))
    first = list(epoch(data, seeded(1), batch=4, size=5))
    second = list(epoch(data, seeded(1), batch=4, size=5))
    assert [len(classes) for _, classes in first] == [4, 4]
    for (one, classes), (two, others) in zip(first, second, strict=True):
        assert one.dtype == torch.uint8
        assert torch.equal(one, two)
        assert torch.equal(classes, others)


def test_statistics_are_those_of_the_pixels():
    """Mean and deviation of each channel; 1 for a channel that never changes."""
    images = torch.randint(256, (7, 3, 5, 5), generator=seeded()).byte()
    images[:, 2] = 9
    mean, deviation = statistics(images)
    channels = images.double().transpose(0, 1).flatten(1)
    assert torch.allclose(mean.double(), channels.mean(1))
    assert torch.allclose(deviation[:2].double(), channels[:2].std(1, correction=0))
    assert deviation[2] == 1


def test_resnet_halves_and_pools():
    """ResNet-20 has the published number of parameters, and takes raw bytes of any size."""
    model = ResNet(
        classes=10, widths=(16, 32, 64), blocks=3, mean=torch.zeros(3), deviation=torch.ones(3)
    )
    projections = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
    assert sum(p.numel() for p in model.parameters()) == 269_722 + projections
    images = torch.randint(256, (2, 3, 20, 20), generator=seeded()).byte()
    assert model.eval()(images).shape == (2, 10)
