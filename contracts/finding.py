"""A finding: one thing that the oracle says about an answer. The rules are a closed list, the same as in the results schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Rule(StrEnum):
    """What was broken."""

    UNREFUSED = "unrefused"
    HTTP_STATUS = "http-status"
    CONTENT_TYPE = "content-type"
    CONTENT_ENCODING = "content-encoding"
    BODY_EMPTY = "body-empty"
    BODY_TOO_LARGE = "body-too-large"
    BODY_BOM = "body-bom"
    BODY_NOT_UTF8 = "body-not-utf8"
    BODY_NOT_JSON = "body-not-json"
    BODY_TRUNCATED = "body-truncated"
    BODY_TOO_DEEP = "body-too-deep"
    BODY_DUPLICATE_KEY = "body-duplicate-key"
    BODY_NOT_A_NUMBER = "body-not-a-number"
    ENVELOPE_NOT_OBJECT = "envelope-not-object"
    ENVELOPE_WRAPPED = "envelope-wrapped"
    ENVELOPE_MISSING_MEMBER = "envelope-missing-member"
    ENVELOPE_MEMBER_TYPE = "envelope-member-type"
    ENVELOPE_EXTRA_MEMBER = "envelope-extra-member"
    CODE = "code"
    STATUS = "status"
    DETAILS = "details"
    MESSAGE_TEXT = "message-text"
    MESSAGE_TYPOGRAPHY = "message-typography"
    MESSAGE_OTHER_ROW = "message-other-row"
    MESSAGE_OTHER_VALUE = "message-other-value"
    MESSAGE_UNBOUND = "message-unbound"
    LEAK = "leak"
    FOREIGN_DATA = "foreign-data"
    STATE_CHANGED = "state-changed"
    STATE_UNEXPLAINED = "state-unexplained"
    ID_REUSED = "id-reused"
    NOT_REPEATABLE = "not-repeatable"
    RACE = "race"
    ORDER = "order"
    CONTROL_REFUSED = "control-refused"
    SERVER_ERROR = "server-error"
    UNDOCUMENTED = "undocumented"
    SCHEMA = "schema"
    ACCEPTED_INVALID = "accepted-invalid"
    REFUSED_VALID = "refused-valid"


class Severity(StrEnum):
    """A fail breaks the specification; an advisory is worth knowing and fails nothing."""

    FAIL = "fail"
    ADVISORY = "advisory"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: the rule, what the specification asks for, what came, and an explanation for a person."""

    rule: Rule
    expected: str
    actual: str
    text: str
    severity: Severity = Severity.FAIL
    curl: str = ""

    def as_dict(self) -> dict[str, str]:
        """The finding as JSON members, an empty curl line left out."""
        return {key: str(value) for key, value in asdict(self).items() if key != "curl" or value}


def explain(findings: Sequence[Mapping[str, Any]]) -> str:
    """Findings for a person: what was expected, what came, why that matters, and what was sent, as curl."""
    return "\n\n".join(_explained(finding) for finding in findings)


def _explained(finding: Mapping[str, Any]) -> str:
    lines = [f"{finding['severity']}: {finding['rule']}", f"  expected: {finding['expected']}", f"  actual:   {finding['actual']}"]
    lines += [f"  why:      {finding['text']}".replace("\n", "\n            ")]
    if finding.get("curl"):
        lines.append(f"  sent:     {finding['curl']}")
    return "\n".join(lines)
