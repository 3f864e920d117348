"""Generated requests: every operation, asked for what its description allows and for what it forbids."""

from __future__ import annotations

from contracts.case import Depth, examines
from contracts.inquiry import Inquiry
from contracts.operation import operations


@examines("generated", alone=True, operation=list(operations()))
def any_request(inquiry: Inquiry, operation: str, depth: Depth) -> None:
    """Whatever is sent, what is refused is refused as specified, and what the specification forbids is refused."""
    from contracts.generated.examination import examine  # noqa: PLC0415 - half a second, which only who runs it shall pay

    examine(inquiry, operation, depth)
