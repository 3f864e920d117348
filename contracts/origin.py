"""Where the evidence of a run comes from: what a replay must know of its target to send the same to another. No secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from contracts.target import Target


@dataclass(frozen=True, slots=True)
class Origin:
    """The run, its target, and what of that its requests bear: projects, what was lent, the header of faults, renamed paths."""

    run: str
    target: str
    base_url: str
    project: str = ""
    foreign_project: str = ""
    disabled_project: str = ""
    lent_trunk: str = ""
    lent_number: str = ""
    fault_header: tuple[str, str] | None = None
    paths: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, run: str, target: Target) -> Origin:
        """The origin of what is sent to a target."""
        lent = target.trunk_with_number
        return cls(
            run=run,
            target=target.id,
            base_url=target.base_url,
            project=target.project,
            foreign_project=target.foreign_project or "",
            disabled_project=target.disabled_project.id if target.disabled_project else "",
            lent_trunk=lent.id if lent else "",
            lent_number=lent.phone_number if lent else "",
            fault_header=target.fault_header,
            paths=target.paths,
        )

    @classmethod
    def from_json(cls, text: str) -> Origin:
        """The way back. Raises ValueError for what is none."""
        facts = json.loads(text)
        if not isinstance(facts, dict) or not facts.keys() >= {"run", "target", "base_url", "paths"}:
            raise ValueError("it does not say where it comes from")
        header: Any = facts.get("fault_header")
        paths = {name: tuple(line) if line else None for name, line in facts["paths"].items()}
        try:
            return cls(**facts | {"fault_header": tuple(header) if header else None, "paths": paths})
        except TypeError as e:
            raise ValueError(str(e)) from None

    def as_json(self) -> str:
        """For a file."""
        return json.dumps(asdict(self))
