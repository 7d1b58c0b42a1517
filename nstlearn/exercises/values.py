"""Answers as values: compared with tolerance, copied, and shown in few characters."""

import math
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

MOST = 12  # numbers that are shown one by one


def is_blank(value: Any) -> bool:
    """True for what an exercise holds before it is answered: `...`, None, or one of them inside."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(is_blank(one) for one in value)
    return value is None or value is Ellipsis or value is NotImplemented


def plain(value: Any) -> Any:
    """`value` with tensors and arrays of a single number, and NumPy's numbers, as Python's own."""
    if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
        return value.item()
    return value.item() if isinstance(value, np.generic) else value


def is_number(value: Any) -> bool:
    """True for one number of any library, False for True and False."""
    value = plain(value)
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def alike(one: Any, other: Any) -> bool:
    """True where both are the same up to rounding; a tensor also in its shape, not in its dtype."""
    one, other = plain(one), plain(other)
    if is_number(one) and is_number(other):
        both_nan = math.isnan(one) and math.isnan(other)
        return both_nan or math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-5)
    if isinstance(one, Tensor | np.ndarray) and isinstance(other, Tensor | np.ndarray):
        a, b = (torch.as_tensor(x).detach().double().cpu() for x in (one, other))
        return a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, Tensor | np.ndarray) or isinstance(other, Tensor | np.ndarray):
        return False  # == would compare number by number
    return one is other or bool(one == other)


def identical(one: Any, other: Any) -> bool:
    """True where both are alike and, if they are tensors, of one type as well."""
    one, other = plain(one), plain(other)
    return getattr(one, "dtype", None) == getattr(other, "dtype", None) and alike(one, other)


def copy_of(value: Any) -> Any:
    """A copy that can be spoilt; gradients still find their way back through it."""
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Mapping):
        return {key: copy_of(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(copy_of(one) for one in value)
    return value


def show(value: Any) -> str:
    """A value in a sentence: numbers rounded, small tensors in full, large ones by their shape."""
    try:
        return _shown(value)
    except Exception:  # a sparse tensor, a class that cannot be printed: at least its kind
        return f"something of type {type(value).__name__}"


def _shown(value: Any) -> str:
    value = plain(value)
    if isinstance(value, Tensor | np.ndarray):
        kind = "tensor" if isinstance(value, Tensor) else "array"
        size = value.numel() if isinstance(value, Tensor) else value.size
        shape = f"{kind} {tuple(value.shape)}"
        # The shape is said, so brackets around a single thing are not repeated.
        return f"{shape}: {_numbers(value.squeeze().tolist())}" if size <= MOST else shape
    if isinstance(value, str) or not is_number(value):
        if isinstance(value, Mapping):
            return "{" + ", ".join(f"{key!r}: {show(one)}" for key, one in value.items()) + "}"
        if isinstance(value, list | tuple):
            left, right = "[]" if isinstance(value, list) else "()"
            return left + ", ".join(map(show, value)) + right
        return repr(value) if len(repr(value)) <= 80 else f"{repr(value)[:77]}..."
    return _numbers(value)


def contrast(got: Any, wanted: Any) -> str:
    """Both values in half a sentence; of large tensors the first number that differs."""
    both = isinstance(got, Tensor) and isinstance(wanted, Tensor)
    if both and got.shape == wanted.shape and got.numel() > MOST / 2:
        place = next(p for p in np.ndindex(*got.shape) if not alike(got[p], wanted[p]))
        where = f"[{', '.join(map(str, place))}]"
        return f"yours has {show(got[place])} at {where}, and it should be {show(wanted[place])}"
    return f"yours is {show(got)}, and it should be {show(wanted)}"


def _numbers(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_numbers, value)) + "]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
