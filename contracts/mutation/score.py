"""The mutation score: trials counted by operator and by row, as tables for a terminal and for the README."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.mutation.equivalent import equivalence
from contracts.mutation.mutant import Mutant
from contracts.mutation.trial import Trial

BEGIN, END = "<!-- mutation score: begin -->", "<!-- mutation score: end -->"
FAMILIES: Mapping[str, str] = {
    "envelope": "bytes, headers and envelope of the answer",
    "status": "`status`",
    "message": "`message`: placeholders, values, typography, text",
    "leak": "the server's inside, in message or details",
    "check": "a check is missing, goes too late, or refuses what is right",
    "value": "country codes, directions, timestamps: too many taken, or too few",
    "behaviour": "a refusal that takes effect, changes, fails or succeeds",
    "foreign": "another project's data show",
    "race": "equal requests at one instant: uniqueness that is not atomic, losers told otherwise",
    "sequence": "what only a sequence of requests can show: state that is kept, lost, stale or counted wrongly, ids given twice",
    "contest": "what only mixed requests at one instant can show: checks that are overtaken, updates that are lost",
    "on-the-way": "a broken error that a case of another row meets",
}


@dataclass(frozen=True, slots=True)
class Count:
    """How many mutants there are, how many of them were killed, and how many are equivalent."""

    mutants: int
    killed: int
    equivalent: int

    @property
    def score(self) -> float:
        """The share of those that can be seen which were: 1.0 is all of them."""
        visible = self.mutants - self.equivalent
        return self.killed / visible if visible else 1.0

    @property
    def cells(self) -> tuple[str, ...]:
        """The count as the cells of a table; a score is never rounded up to 100 %."""
        return (str(self.mutants), str(self.killed), str(self.equivalent), f"{int(self.score * 1000) / 10:g} %")


def counted(mutants: Mapping[str, Mutant], trials: Iterable[Trial], key: Callable[[Mutant], str]) -> dict[str, Count]:
    """Trials counted by what `key` says of their mutants, in the order in which these are declared."""
    ended = {trial.mutant: trial for trial in trials}
    groups: dict[str, list[str]] = {}
    for name, mutant in mutants.items():
        if name in ended:
            groups.setdefault(key(mutant), []).append(name)
    return {group: _count([ended[name] for name in names]) for group, names in groups.items()}


def _count(trials: Sequence[Trial]) -> Count:
    equivalent = [trial for trial in trials if equivalence(trial.mutant)]
    return Count(len(trials), sum(trial.killed and not equivalence(trial.mutant) for trial in trials), len(equivalent))


def total(trials: Sequence[Trial]) -> Count:
    """All trials in one count."""
    return _count(trials)


def family(mutant: Mutant) -> str:
    """The first part of an operator's name."""
    return mutant.operator.partition("/")[0]


def markdown(mutants: Mapping[str, Mutant], trials: Sequence[Trial]) -> str:
    """The tables for the README: by family of operators, and folded away by operator and by row, and the equivalent mutants."""
    families = {f"{name}: {FAMILIES[name]}": count for name, count in counted(mutants, trials, family).items()}
    return "\n\n".join(
        [
            BEGIN,
            _table("seeded faults", {**families, "**all**": total(trials)}),
            _folded("by operator", _table("operator", counted(mutants, trials, lambda mutant: mutant.operator))),
            _folded("by row", _table("row", counted(mutants, trials, lambda mutant: mutant.row))),
            _folded("equivalent mutants, and why", _equivalents(trials)),
            END,
        ]
    )


def replaced(text: str, tables: str) -> str:
    """The README with other tables between the two marks. Raises ValueError where it has no such marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no place for the tables: put {BEGIN} and {END} where they belong")
    return before + tables + after


def written(readme: Path, tables: str) -> bool:
    """Put the tables into the README; whether that changed it."""
    text = readme.read_text("utf-8")
    changed = replaced(text, tables)
    if changed != text:
        readme.write_text(changed, "utf-8")
    return changed != text


def _table(title: str, counts: Mapping[str, Count]) -> str:
    lines = [f"| {title} | mutants | killed | equivalent | score |", "| --- | ---: | ---: | ---: | ---: |"]
    return "\n".join(lines + [f"| {name} | {' | '.join(count.cells)} |" for name, count in counts.items()])


def _folded(title: str, inner: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{inner}\n\n</details>"


def _equivalents(trials: Sequence[Trial]) -> str:
    reasons: dict[str, list[str]] = {}
    for trial in trials:
        if why := equivalence(trial.mutant):
            reasons.setdefault(why, []).append(trial.mutant)
    return "\n".join(f"- {why}: " + ", ".join(f"`{name}`" for name in names) for why, names in reasons.items())
