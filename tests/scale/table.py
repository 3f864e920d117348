"""Lines as columns."""

from __future__ import annotations

from collections.abc import Sequence


def table(lines: Sequence[tuple[str, ...]]) -> str:
    """Columns under one another."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip() for line in lines)
