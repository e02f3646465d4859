import numpy as np
import pytest
import torch
from PIL import Image

from lehr import constant
from lehr.errors import UsageError
from lehr.problems import image_files
from lehr.problems.image_files import find_images, read_images
from lehr.problems.imagefolder import problem
from lehr.schedule import Plan
from lehr.training import preflight


def write(folder, count, *, colour, size=(20, 24), suffix=".png"):
    folder.mkdir(parents=True)
    random = np.random.default_rng(len(folder.name))
    for number in range(count):
        pixels = random.integers(0, 60, size=(*size, 3), dtype=np.uint8)
        pixels += np.array(colour, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03}{suffix}")


@pytest.fixture
def classes(tmp_path):
    """Two classes, the second in two folders and in another format."""
    write(tmp_path / "red", 12, colour=(150, 0, 0))
    write(tmp_path / "blue" / "light", 10, colour=(80, 80, 190), suffix=".jpg")
    write(tmp_path / "blue" / "dark", 10, colour=(0, 0, 90), size=(31, 20))
    (tmp_path / "blue" / "notes.txt").write_text("no image")
    (tmp_path / ".hidden").mkdir()
    return tmp_path


@pytest.fixture
def given_split(tmp_path):
    for part, count in (("train", 4), ("val", 4)):
        write(tmp_path / part / "red", count, colour=(150, 0, 0))
        write(tmp_path / part / "blue", count, colour=(0, 0, 150))
    return tmp_path


def test_split_is_disjoint_and_complete(classes):
    """Of ten images of a class one is validated and one tested on, and each is in one part."""
    found = find_images(classes)
    assert found.classes == ("blue", "red")
    parts = [found.train, found.validation, found.test]
    assert [len(part) for part in parts] == [16 + 10, 2 + 1, 2 + 1]
    paths = [path for part in parts for path, _ in part]
    assert len(set(paths)) == len(paths) == 32
    assert all(path.relative_to(classes).parts[0] == found.classes[c] for path, c in found.test)


def test_given_split_is_taken(given_split):
    """Train and val stay apart; without test, every second image of val takes its place."""
    found = find_images(given_split)
    assert [len(p) for p in (found.train, found.validation, found.test)] == [8, 4, 4]
    assert {path.parts[-3] for path, _ in found.train} == {"train"}
    assert not set(found.validation) & set(found.test)
    write(given_split / "test" / "red", 3, colour=(150, 0, 0))
    write(given_split / "test" / "blue", 2, colour=(0, 0, 150))
    found = find_images(given_split)
    assert [len(p) for p in (found.train, found.validation, found.test)] == [8, 8, 5]


def test_problem_trains(classes):
    """Preflight finds nothing, and two colours are soon told apart."""
    declared = problem(str(classes), steps=20, size=16)
    assert "test_accuracy" in preflight(declared, 0).metrics
    run = declared.start(0)
    losses = run.advance(Plan.of(constant()).over(20).multipliers(0, 6), 0.05)
    assert losses[-1] < losses[0]


def test_given_split_trains(given_split):
    """Fewer images than a batch are a batch of all of them."""
    declared = problem(str(given_split), steps=20, size=16)
    images, labels = next(iter(declared.train(torch.Generator().manual_seed(0))))
    assert images.shape == (8, 3, 16, 16)
    assert labels.unique().tolist() == [0, 1]


def test_images_of_every_kind_are_read(tmp_path):
    """Grey, transparent, palette and turned images become upright squares of three channels."""
    pixels = np.zeros((10, 30, 3), dtype=np.uint8)
    pixels[:, :15] = 255
    picture = Image.fromarray(pixels)
    turned = Image.Exif()
    turned[0x0112] = 6  # to be shown turned by a quarter
    kinds = {"grey.png": "L", "alpha.png": "RGBA", "palette.gif": "P"}
    for name, mode in kinds.items():
        picture.convert(mode).save(tmp_path / name)
    picture.save(tmp_path / "turned.jpg", exif=turned, quality=95)
    files = [(tmp_path / name, label) for label, name in enumerate([*kinds, "turned.jpg"])]
    images, labels = read_images(files, side=8)
    assert images.shape == (4, 3, 8, 8)
    assert labels.tolist() == [0, 1, 2, 3]
    for image in images[:3]:
        assert image[:, :, 0].min() > 200 > 50 > image[:, :, -1].max()
    assert images[3, :, 0].min() > 200 > 50 > images[3, :, -1].max()


def test_an_unreadable_image_is_named(classes):
    """An image that is cut short, or none at all, is named before budget is spent."""
    broken = classes / "red" / "005.png"
    for content in (broken.read_bytes()[:200], b"no image"):
        broken.write_bytes(content)
        with pytest.raises(UsageError, match="an image cannot be read") as caught:
            problem(str(classes), size=16)
        assert str(broken) in str(caught.value)


def test_folders_that_cannot_be_trained_on(tmp_path):
    """No folder, no class, a single class and too few images each have their own message."""
    with pytest.raises(UsageError, match="no folder of images there"):
        problem(str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="no class folders there"):
        problem(str(tmp_path))
    write(tmp_path / "red", 12, colour=(150, 0, 0))
    with pytest.raises(UsageError, match="a single class"):
        problem(str(tmp_path))
    write(tmp_path / "blue", 9, colour=(0, 0, 150))
    with pytest.raises(UsageError, match="too few images") as caught:
        problem(str(tmp_path))
    assert "9 in" in str(caught.value)
    assert "blue" in str(caught.value)


def test_given_splits_that_cannot_be(given_split):
    """A class that is only validated on, or that has nothing to validate on, is named."""
    write(given_split / "val" / "rde", 2, colour=(150, 0, 0))
    with pytest.raises(UsageError, match="without training images") as caught:
        find_images(given_split)
    assert "did you mean red" in str(caught.value)
    (given_split / "val" / "rde").rename(given_split / "train" / "green")
    with pytest.raises(UsageError, match="too few images") as caught:
        find_images(given_split)
    assert "0 in" in str(caught.value)


def test_one_held_out_image_cannot_be_both(given_split):
    """A class with one image in val leaves none for the test, and says so."""
    for image in sorted((given_split / "val" / "red").iterdir())[1:]:
        image.unlink()
    with pytest.raises(UsageError, match="too few images") as caught:
        find_images(given_split)
    assert "at least 2" in str(caught.value)


def test_sizes_are_bounded(classes, monkeypatch):
    """A size that leaves nothing to see, or that memory cannot hold, is refused."""
    with pytest.raises(UsageError, match="size"):
        problem(str(classes), size=8)
    monkeypatch.setattr(image_files, "_MEMORY", 1_000)
    with pytest.raises(UsageError, match="too many to be held in memory"):
        problem(str(classes), size=16)
