"""Equivalent mutants: defects that no request which the suite may send could show, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping

NOWHERE = "what it makes hangs on a trunk that is not there, and no request reads that"
NO_PROJECT = (
    "it makes something in a project called not-an-id; to make one and look there would spoil cases that take it for unknown"
)
WRITTEN_BACK = "the setting is written back as it was read, so that no target is harmed: taking effect changes nothing"
INVISIBLE = "the key may read nothing of the foreign project, and what is made there is unique within it alone"
SOMEBODYS = "a number that is taken afterwards may be somebody else's, so that this proves nothing"
PROCESSING = "the row's own text allows that the export is still being processed, however long one waits"

EFFECT = "behaviour/takes-effect"
UNKNOWN_PROJECT, UNKNOWN_TRUNK, FORBIDDEN = f"{EFFECT}/404-project-id", f"{EFFECT}/404-trunk-id", f"{EFFECT}/403-forbidden"
SHAPES = ("unissued", "deleted", "malformed")
IN_A_PROJECT = ("createAccessControlList", "createBlockingRule", "updateBlockingRuleById", "createPhoneNumber", "setProjectConfig")
ON_A_TRUNK = ("createSipEndpoint", "updateSipEndpoint")

EQUIVALENT: Mapping[str, str] = {
    **{f"{UNKNOWN_PROJECT}/{operation}/malformed": NO_PROJECT for operation in IN_A_PROJECT},
    **{
        f"{row}/{operation}/{shape}": NOWHERE
        for row in (UNKNOWN_PROJECT, UNKNOWN_TRUNK)
        for operation in ON_A_TRUNK
        for shape in SHAPES
    },
    **{f"{UNKNOWN_PROJECT}/updateCountryPermission/{shape}": WRITTEN_BACK for shape in SHAPES},
    f"{EFFECT}/400-country-code-invalid/updateCountryPermission": WRITTEN_BACK,
    **{f"{FORBIDDEN}/{operation}/foreign-project": INVISIBLE for operation in ("createAccessControlList", "createBlockingRule")},
    f"{FORBIDDEN}/createPhoneNumber/foreign-project": SOMEBODYS,
    "check/knows-nothing/404-export-key/getExport/known": PROCESSING,
}
"""The id of a mutant, or the beginning of the ids of several up to a slash, and why it cannot be seen."""


def equivalence(mutant_id: str) -> str | None:
    """Why a mutant cannot be seen, or None where it can."""
    return next((why for beginning, why in EQUIVALENT.items() if f"{mutant_id}/".startswith(f"{beginning}/")), None)
