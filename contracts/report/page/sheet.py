"""How a page is made: of templates in which every value is text, under a policy that names its style and script by their hashes."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.exchange import visible
from contracts.report.page.clip import clip
from contracts.report.page.line import anchor
from contracts.report.page.word import kind, marked, moment, seconds, word

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

PAGE = Path(__file__).parent
"""The folder of the templates that pages share."""
POLICY = "default-src 'none'; script-src {script}; style-src {style}; img-src data:; base-uri 'none'; form-action 'none'"


@functools.cache
def environment(*folders: Path) -> jinja2.Environment:
    """Templates in which every value is text: escaped, and without what could redraw or reorder the page."""
    import jinja2  # noqa: PLC0415 - needed once, at the end of a run, and 30 ms to import

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, PAGE]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {of.__name__.strip("_"): of for of in (anchor, kind, marked, moment, seconds, word, _whole)}
    return made


def policy(style: str, script: str) -> str:
    """What a page lets run and apply: this very script and style, and nothing from anywhere else."""
    return POLICY.format(script=_hash(script), style=_hash(style))


def _plain(value: Any) -> Any:
    """A value that the template shows; what is markup of the template's own stays as it is."""
    return clip(value) if type(value) is str else value


def _whole(text: str) -> Markup:
    """A text that is not to be cut."""
    import markupsafe  # noqa: PLC0415 - as above

    return markupsafe.escape(visible(text))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
