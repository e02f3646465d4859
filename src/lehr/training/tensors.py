"""Training state as bytes: tensors in safetensors, everything else in JSON, nothing pickled.

`pack` takes a tree of dicts, lists, tuples, numbers, texts, bytes, NumPy arrays and tensors, and
`unpack` gives an equal one back, to the bit: dtypes, NaN payloads, channels-last layouts and the
device a tensor lived on (an optimizer's step counter often stays on the CPU) included.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from typing import cast

import numpy as np
import safetensors.torch
import torch

from lehr.errors import ProblemError

_TREE = "state.json"
_TENSORS = "state.safetensors"


def pack(tree: object) -> dict[str, bytes]:
    """Turn a tree of values into the two files `state.json` and `state.safetensors`.

    Raises:
        ProblemError: the tree holds something that has no exact text form.
    """
    tensors: dict[str, torch.Tensor] = {}
    document = _encode(tree, "state", tensors)
    return {
        _TREE: json.dumps(document, indent=1, allow_nan=False).encode(),
        _TENSORS: safetensors.torch.save(tensors),
    }


def unpack(files: Mapping[str, bytes], device: torch.device) -> object:
    """Turn the files of `pack` back into the tree; tensors of the accelerator go to `device`."""
    return _decode(json.loads(files[_TREE]), safetensors.torch.load(files[_TENSORS]), device)


def on_cpu(tensor: torch.Tensor) -> torch.Tensor:
    """Copy a tensor to contiguous memory of its own, which is what safetensors takes."""
    return tensor.detach().to("cpu", copy=True).contiguous()


def _encode(value: object, path: str, tensors: dict[str, torch.Tensor]) -> object:
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if type(value) is list:
        return [_encode(item, f"{path}.{i}", tensors) for i, item in enumerate(value)]
    if type(value) is tuple:
        return {"$tuple": [_encode(item, f"{path}.{i}", tensors) for i, item in enumerate(value)]}
    if isinstance(value, Mapping):
        return _encode_mapping(cast("Mapping[object, object]", value), path, tensors)
    if isinstance(value, torch.Tensor):
        return _encode_tensor(value, path, tensors)
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf":
        name = _put(torch.from_numpy(np.array(value)), path, tensors)
        return {"$scalar" if isinstance(value, np.generic) else "$array": name}
    if type(value) is bytes:
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    raise ProblemError(
        "the training state holds a value that a checkpoint cannot keep exactly",
        value=f"{path} is a {type(value).__name__}",
        rule="tensors, arrays, numbers, texts, bytes, lists, tuples and dicts of them",
        fix="let state_dict() give it as a tensor, or keep it out of the state",
    )


def _encode_mapping(
    value: Mapping[object, object], path: str, tensors: dict[str, torch.Tensor]
) -> object:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {str(key): _encode(item, f"{path}.{key}", tensors) for key, item in value.items()}
    pairs = enumerate(value.items())
    return {
        "$dict": [
            [_encode(key, f"{path}.key{i}", tensors), _encode(item, f"{path}.{i}", tensors)]
            for i, (key, item) in pairs
        ]
    }


def _encode_tensor(value: torch.Tensor, path: str, tensors: dict[str, torch.Tensor]) -> object:
    stored = on_cpu(value)
    tag: dict[str, object] = {}
    if value.is_complex():
        stored, tag["complex"] = torch.view_as_real(stored), True
    if value.device.type != "cpu":
        tag["accelerator"] = True
    if value.requires_grad:
        tag["requires_grad"] = True
    if value.dim() == 4 and not value.is_contiguous():
        tag["channels_last"] = value.is_contiguous(memory_format=torch.channels_last)
    return {"$tensor": _put(stored, path, tensors), **tag}


def _put(tensor: torch.Tensor, path: str, tensors: dict[str, torch.Tensor]) -> str:
    name = path if path not in tensors else f"{path}#{len(tensors)}"
    tensors[name] = tensor
    return name


def _decode(value: object, tensors: Mapping[str, torch.Tensor], device: torch.device) -> object:
    if isinstance(value, list):
        return [_decode(item, tensors, device) for item in value]
    if not isinstance(value, dict):
        return value
    if "$float" in value:
        return float(value["$float"])
    if "$tuple" in value:
        return tuple(_decode(item, tensors, device) for item in value["$tuple"])
    if "$dict" in value:
        decoded = cast("list[list[object]]", _decode(value["$dict"], tensors, device))
        return {key: item for key, item in decoded}  # noqa: C416 - lists of two, not tuples
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$array" in value:
        return tensors[value["$array"]].numpy()
    if "$scalar" in value:
        return tensors[value["$scalar"]].numpy()[()]
    if "$tensor" in value:
        return _decode_tensor(value, tensors, device)
    return {key: _decode(item, tensors, device) for key, item in value.items()}


def _decode_tensor(
    tag: Mapping[str, object], tensors: Mapping[str, torch.Tensor], device: torch.device
) -> torch.Tensor:
    tensor = tensors[str(tag["$tensor"])]
    if tag.get("complex"):
        tensor = torch.view_as_complex(tensor)
    if tag.get("accelerator"):
        tensor = tensor.to(device)
    if tag.get("channels_last"):
        tensor = tensor.contiguous(memory_format=torch.channels_last)
    return tensor.requires_grad_() if tag.get("requires_grad") else tensor
