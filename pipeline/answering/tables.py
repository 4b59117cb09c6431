"""Answers over several works as a table: a row a work, in its cells the work's own sentences with its number. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.draft import DraftClaim
from pipeline.models import Table

Cell = str | tuple[DraftClaim, ...]
"""The name or the day of a work, or what is said of it."""
WORK = "Work"
"""The column with the names."""
NOTHING = "–"
"""Where a work does not say."""


@dataclass(frozen=True)
class Grid:
    """A table before its works have numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def claims(self) -> tuple[DraftClaim, ...]:
        """All that is said, row by row."""
        return tuple(c for row in self.rows for cell in row if not isinstance(cell, str) for c in cell)

    def filled(self, numbered: Mapping[DraftClaim, str]) -> Table:
        """The table with the texts of its claims; a column in which nothing is said is left out."""
        rows = [[_text(cell, numbered) for cell in row] for row in self.rows]
        kept = [n for n in range(len(self.columns)) if any(row[n] != NOTHING for row in rows)]
        return Table(
            columns=tuple(self.columns[n] for n in kept),
            rows=tuple(tuple(row[n] for n in kept) for row in rows),
        )


def _text(cell: Cell, numbered: Mapping[DraftClaim, str]) -> str:
    if isinstance(cell, str):
        return cell
    return " ".join(numbered[claim] for claim in cell if claim in numbered) or NOTHING


def markdown(table: Table) -> str:
    """The table as GitHub's Markdown writes it: https://github.github.com/gfm/#tables-extension-."""
    return "\n".join(map(_line, (table.columns, ["---"] * len(table.columns), *table.rows)))


def _line(cells: Sequence[str]) -> str:
    escaped = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
