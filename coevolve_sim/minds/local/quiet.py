"""Libraries of models kept quiet: no progress bars and no warnings where nobody asked for them."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def silence_libraries() -> Iterator[None]:
    """Suppress the libraries' progress bars and warnings within the context; errors are still raised."""
    import transformers

    logging = transformers.utils.logging
    level, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # one library telling another
            yield
    finally:
        logging.set_verbosity(level)
        if had_bars:
            logging.enable_progress_bar()
