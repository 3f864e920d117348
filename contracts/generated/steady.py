"""Hypothesis, so that one seed gives one sequence of values in every process.

By itself it draws some values from the constants in the source of whatever modules of the project are loaded at the time: fewer in
a process that runs one check again than in one that ran them all.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """Draw no constants from source code. Hypothesis has no setting for that: a private function is replaced for a while."""
    before = providers._get_local_constants  # noqa: SLF001 - see above
    providers._get_local_constants = Constants  # noqa: SLF001 - as above; there are none in it
    providers.CONSTANTS_CACHE.cache.clear()  # what can be drawn is remembered, constants included
    try:
        yield
    finally:
        providers._get_local_constants = before  # noqa: SLF001 - as above
        providers.CONSTANTS_CACHE.cache.clear()
