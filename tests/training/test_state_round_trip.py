"""Training state goes into files and comes back to the bit, or says that it cannot."""

from __future__ import annotations

import math
from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_problem import small_problem

from lehr.errors import ProblemError
from lehr.training import set_threads
from lehr.training.content import digest
from lehr.training.device import moved
from lehr.training.tensors import pack, unpack

CPU = torch.device("cpu")
DTYPES = [
    torch.float32,
    torch.float64,
    torch.bfloat16,
    torch.float16,
    torch.int64,
    torch.uint8,
    torch.bool,
    torch.complex64,
]
tensors = st.builds(
    lambda dtype, shape, seed: (
        torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 3
    ).to(dtype),
    st.sampled_from(DTYPES),
    st.lists(st.integers(0, 3), max_size=3),
    st.integers(0, 9),
)
arrays = st.one_of(
    st.lists(st.integers(0, 2**32 - 1), max_size=4).map(lambda v: np.array(v, dtype=np.uint32)),
    st.floats(width=32).map(np.float32),
    st.integers(-5, 5).map(np.int64),
)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), tensors, arrays
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=3),
        st.dictionaries(st.sampled_from(["$tensor", "$float", "$dict", "a.0", "a"]), inner),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(tree=trees)
def test_a_tree_comes_back_to_the_bit(tree):
    """Values, types, NaNs, dtypes and odd keys survive; the content hash is the same."""
    assert digest(unpack(pack(tree), CPU)) == digest(tree)


@settings(max_examples=60, deadline=None)
@given(first=trees, second=trees)
def test_the_content_hash_tells_states_apart(first, second):
    """Different states have different hashes: what is packed differs exactly when they do."""
    assert (digest(first) == digest(second)) == (pack(first) == pack(second))


def test_a_layout_comes_back():
    """A channels-last tensor is channels-last again; one that needs gradients needs them again."""
    image = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    back = unpack(pack([image, torch.ones(2, requires_grad=True)]), CPU)
    assert back[0].stride() == image.stride()
    assert torch.equal(back[0], image)
    assert back[1].requires_grad


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        namedtuple("Pair", "a b")(1, 2),
        np.array(["text"]),
        1j,
    ],
)
def test_what_has_no_exact_form_is_refused_with_its_place(value):
    """Nothing is pickled and nothing dropped: such a value is named with its path."""
    with pytest.raises(ProblemError, match="cannot keep") as caught:
        pack({"optimizer": [1, value]})
    assert "state.optimizer.1 is a" in str(caught.value)


def test_floats_keep_their_last_bit():
    """Floats travel as text that reads back exactly; those that are not finite too."""
    values = [0.1 + 0.2, 5e-324, 1e308, -0.0, math.inf, -math.inf]
    back = unpack(pack(values), CPU)
    assert [value.hex() for value in back] == [value.hex() for value in values]


def test_a_batch_is_moved_whole():
    """Tensors in dicts, lists, tuples, named tuples and movable objects reach the device."""
    pair = namedtuple("Pair", "x y")
    graph = SimpleNamespace(to=lambda device: f"graph on {device}")
    ones = torch.ones(2)
    there = torch.device("meta")
    batch = {"image": ones, "rest": [ones, (ones, "label")], "pair": pair(ones, 3), "graph": graph}
    away = moved(batch, there)
    assert away["image"].device == there
    assert (away["rest"][0].device, away["rest"][1][0].device) == (there, there)
    assert away["rest"][1][1] == "label"
    assert isinstance(away["pair"], pair)
    assert (away["pair"].x.device, away["pair"].y) == (there, 3)
    assert away["graph"] == "graph on meta"
    assert moved(batch, CPU) is batch


def test_threads_are_the_problems():
    """An executor's process computes with the number of threads that the problem declares."""
    before = torch.get_num_threads()
    set_threads(small_problem(threads=2))
    try:
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
