"""Themes: the moves that a walk may choose from. Few kinds of things, so that steps meet; and all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.model import acl_moves, endpoint_moves, list_moves, number_moves, project_moves, rule_moves, trunk_moves
from contracts.model.move import Move

_FEW = {
    *("create_trunk", "rename_trunk", "delete_trunk", "delete_gone_trunk"),
    *("create_credential_list", "attach_credential_list", "delete_credential", "delete_credential_once_used"),
}
_TRUNKS = tuple(move for move in trunk_moves.MOVES if move.name in _FEW)
_LISTS = tuple(move for move in list_moves.MOVES if move.name in _FEW)

THEMES: Mapping[str, Sequence[Move]] = {
    "trunks": (*trunk_moves.MOVES, *endpoint_moves.MOVES),
    "access-control-lists": (*_TRUNKS, *acl_moves.MOVES),
    "credential-lists": (*_TRUNKS, *list_moves.MOVES),
    "endpoints": (*_TRUNKS, *_LISTS, *endpoint_moves.MOVES),
    "phone-numbers": (*_TRUNKS, *number_moves.MOVES),
    "blocking-rules": tuple(rule_moves.MOVES),
    "projects": (*_TRUNKS, *project_moves.MOVES),
    "everything": (
        *trunk_moves.MOVES,
        *endpoint_moves.MOVES,
        *acl_moves.MOVES,
        *list_moves.MOVES,
        *number_moves.MOVES,
        *rule_moves.MOVES,
        *project_moves.MOVES,
    ),
}
