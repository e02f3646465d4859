import inspect
import math
import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lehr import constant
from lehr.errors import UsageError
from lehr.problems import BUILT_IN, digits, extras, tabular, text
from lehr.problems.gpt import GPT
from lehr.problems.holdout import holdout
from lehr.problems.minibatches import minibatches
from lehr.schedule import Plan
from lehr.training import ProblemSource, preflight

WITHOUT_DATA = [builtin for builtin in BUILT_IN if not builtin.needs_data]
METRICS = {
    "digits": {"val_loss", "val_accuracy", "test_loss", "test_accuracy"},
    "text": {"val_loss", "val_perplexity", "test_loss", "test_perplexity"},
    "tabular": {"val_loss", "val_r2", "test_loss", "test_r2"},
}


@pytest.fixture(scope="module", params=WITHOUT_DATA, ids=lambda builtin: builtin.name)
def problem(request):
    return ProblemSource.of(request.param.target).load()


def test_every_entry_leads_to_its_problem():
    """A name of the listing leads to a function that takes what the listing says."""
    for builtin in BUILT_IN:
        module, _, function = builtin.target.partition(":")
        parameters = inspect.signature(
            getattr(__import__(module, fromlist=["_"]), function)
        ).parameters
        assert "steps" in parameters
        assert ("data" in parameters) == builtin.needs_data


def test_listing_imports_no_framework():
    """`lehr list` does not wait for torch, scikit-learn or Pillow."""
    code = (
        "import sys, lehr.problems; print({'torch', 'sklearn', 'PIL'} & {m for m in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_name_and_steps(problem):
    """A problem has its listed name, and as many steps as asked for."""
    builtin = next(b for b in BUILT_IN if b.name == problem.name)
    assert ProblemSource.of(builtin.target, {"steps": 40}).load().steps == 40


def test_preflight_finds_nothing(problem):
    """Two runs of one seed are the same, one that is resumed too, and all metrics are there."""
    fingerprint = preflight(problem, 3)
    assert set(fingerprint.metrics) == METRICS[problem.name]
    assert preflight(problem, 4).first_batch != fingerprint.first_batch


def test_training_lowers_the_objective(problem):
    """The objective falls within a few steps at the baseline's peak lr."""
    run = problem.start(0)
    before = run.evaluate()["val_loss"]
    losses = run.advance(
        Plan.of(constant()).over(problem.steps).multipliers(0, 40), problem.baseline[1]
    )
    assert losses[-5:].mean() < losses[0]
    assert run.evaluate()["val_loss"] < 0.95 * before


def test_untrained_knows_nothing(problem):
    """Before training, the metrics are those of a guess."""
    metrics = problem.start(0).evaluate()
    expected = {
        "digits": ("test_loss", math.log(10), 0.1),
        "text": ("test_perplexity", 256, 40),
        "tabular": ("test_r2", 0, 0.1),
    }
    name, value, margin = expected[problem.name]
    assert metrics[name] == pytest.approx(value, abs=margin)


@given(count=st.integers(0, 60), every=st.integers(3, 12))
def test_holdout_parts_are_disjoint_and_complete(count, every):
    """Each position is in exactly one part."""
    parts = holdout(count, every=every)
    together = parts.train + parts.validation + parts.test
    assert sorted(together) == list(range(count))
    assert abs(len(parts.validation) - len(parts.test)) <= 1


@given(count=st.integers(1, 40), size=st.integers(1, 50), seed=st.integers(0, 2**31))
def test_minibatches_are_full_and_disjoint(count, size, seed):
    """An epoch is full batches of distinct samples, with their labels, that leave a part over."""
    samples = torch.arange(count)
    generator = torch.Generator().manual_seed(seed)
    epoch = list(minibatches(generator, samples, -samples, size=size))
    seen = torch.cat([inputs for inputs, _ in epoch])
    assert {len(inputs) for inputs, _ in epoch} == {min(size, count)}
    assert len(seen.unique()) == len(seen) > count - min(size, count)
    assert all((inputs == -labels).all() for inputs, labels in epoch)


def test_digits_parts():
    """899, 449 and 449 images, the latter in three poses, pixels from 0 to 1, all ten classes."""
    parts = digits.load()
    assert [len(classes) for _, classes in parts.values()] == [899, 3 * 449, 3 * 449]
    for images, classes in parts.values():
        assert images.shape[1:] == (1, 8, 8)
        assert 0 <= images.min() < images.max() <= 1
        assert len(classes.unique()) == 10


def test_digits_held_out_images_stay():
    """Validation and test images are posed once; training images anew in each epoch."""
    first, second = digits.load(), digits.load()
    assert torch.equal(first["validation"][0], second["validation"][0])
    generator = torch.Generator().manual_seed(0)
    whole = (first["train"][0][:256], first["train"][1][:256])
    (one,), (two,) = digits.epoch(whole, generator), digits.epoch(whole, generator)
    assert one[0].flatten(1).sum(1).sort()[0].ne(two[0].flatten(1).sum(1).sort()[0]).any()


def test_tabular_parts():
    """342, 114 and 113 rows, none in two parts; held-out rows with eight sets of hidden values."""
    parts = tabular.load()
    rows = {name: {tuple(row) for row in part[0].tolist()} for name, part in parts.items()}
    assert {name: len(part) for name, part in rows.items()} == {
        "train": 342,
        "validation": 114,
        "test": 113,
    }
    assert not rows["train"] & rows["validation"]
    assert not (rows["train"] | rows["validation"]) & rows["test"]
    assert len(parts["validation"][0]) == 8 * 114
    assert parts["test"][1].float().mean().item() == pytest.approx(0.5, abs=0.02)


def test_tabular_hidden_values_do_not_leak():
    """What is hidden has no influence on what the network tells."""
    model = tabular.Imputer().eval()
    rows, hidden = tabular.load()["validation"]
    other = torch.where(hidden, 99.0, rows)
    assert torch.equal(model(rows, hidden), model(other, hidden))


def test_tabular_r2_of_a_perfect_network():
    """r2 is 1 where every hidden value is told, and 0 where the mean is."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(50, tabular.COLUMNS, generator=generator)
    part = tabular.hide(rows, generator)

    class Knows(tabular.Imputer):
        def forward(self, rows, hidden):
            return torch.where(hidden, rows, torch.nan)

    class Mean(tabular.Imputer):
        def forward(self, rows, hidden):
            return torch.full_like(rows, rows[hidden].mean().item())

    def r2(model):
        return tabular.imputation_metrics(model, validation=part, test=part)["val_r2"]

    assert r2(Knows()) == 1
    assert r2(Mean()) == pytest.approx(0, abs=1e-6)


def test_text_parts_are_different_files(tmp_path):
    """Of ten modules by name the ninth is validated and the tenth tested on; private ones not."""
    for position in range(20):
        (tmp_path / f"m{position:02}.py").write_bytes(bytes([position]) * 200)
    (tmp_path / "_private.py").write_bytes(b"x" * 200)
    (tmp_path / "a_folder").mkdir()
    parts = text.load(tmp_path)
    assert parts["validation"].unique().tolist() == [8, 18]
    assert parts["test"].unique().tolist() == [9, 19]
    assert len(parts["train"]) == 16 * 200


def test_text_windows_do_not_overlap():
    """An epoch sees no byte twice as one to tell, and windows are pieces of the source."""
    source = torch.arange(5_000) % 251
    windows = torch.cat(list(text.epoch(source, torch.Generator().manual_seed(0))))
    assert windows.shape[1] == text.CONTEXT + 1
    assert (windows.diff(dim=1).remainder(251) == 1).all()
    place = [tuple(window) for window in windows.tolist()]
    assert len(set(place)) == len(place)


def test_text_perplexity_is_the_exponential_of_the_loss():
    """Perplexity and loss say the same."""
    metrics = text.problem(steps=20).start(1).evaluate()
    assert metrics["val_perplexity"] == pytest.approx(math.exp(metrics["val_loss"]), rel=1e-5)


def test_text_needs_the_library_source(tmp_path):
    """A Python without its library's source is told so."""
    with pytest.raises(UsageError, match="source is not where"):
        text.load(tmp_path)


def test_gpt_looks_back_only():
    """A later byte does not change what is told before it."""
    model = GPT(vocabulary=11, context=8, width=8, layers=2, heads=2)
    tokens = torch.randint(11, (3, 8), generator=torch.Generator().manual_seed(0))
    later = tokens.clone()
    later[:, 5:] = (later[:, 5:] + 1) % 11
    assert torch.allclose(model(tokens)[:, :5], model(later)[:, :5], atol=1e-6)
    assert not torch.allclose(model(tokens)[:, 5:], model(later)[:, 5:], atol=1e-3)


def test_text_decays_matrices_alone():
    """Weight decay is on the matrices; every parameter is trained."""
    model = GPT(vocabulary=11, context=8, width=8, layers=1, heads=2)
    decayed, rest = text.decay_matrices(model, 0.1).param_groups
    assert decayed["weight_decay"] > 0 == rest["weight_decay"]
    assert all(parameter.ndim == 2 for parameter in decayed["params"])
    assert all(parameter.ndim == 1 for parameter in rest["params"])
    assert len(decayed["params"]) + len(rest["params"]) == len(list(model.parameters()))


def test_missing_module_says_what_to_install():
    """A problem whose data come with a package that is not there names the extra."""
    with pytest.raises(UsageError, match=r"pip install 'lehr\[tasks\]'"):
        extras.require("no_such_module_anywhere")
