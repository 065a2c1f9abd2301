"""Forward passes that stay in float64.

The code of models computes parts of a pass (norms, softmax) in float32, whatever the type of the weights.
That is more precise than bfloat16 but less than float64, and its rounding would make results depend on the
shape of the batch.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any


def in_float64(model: Any) -> contextlib.AbstractContextManager[Any]:
    """Return a context in which a float64 model casts nothing to float32; for other models it does nothing.

    Parameters
    ----------
    model : transformers model
        Its ``dtype`` decides.
    """
    if str(getattr(model, "dtype", "")) != "torch.float64":
        return contextlib.nullcontext()
    mode: contextlib.AbstractContextManager[Any] = _build_mode()()
    return mode


@functools.cache
def _build_mode() -> Any:
    import torch
    from torch.overrides import TorchFunctionMode

    narrow, wide = torch.float32, torch.float64

    class StaysWide(TorchFunctionMode):  # type: ignore[misc]
        """Intercepts every call of torch; a float64 tensor that is to be cast to float32 stays as it is."""

        def __torch_function__(
            self,
            func: Callable[..., Any],
            types: Any,
            args: tuple[Any, ...] = (),
            kwargs: dict[str, Any] | None = None,
        ) -> Any:
            given = kwargs or {}
            if args and getattr(args[0], "dtype", None) is wide:
                if func is torch.Tensor.float:
                    return args[0]
                if given.get("dtype") is narrow:
                    given = given | {"dtype": wide}
                args = (args[0], *(wide if value is narrow else value for value in args[1:]))
            return func(*args, **given)

    return StaysWide
