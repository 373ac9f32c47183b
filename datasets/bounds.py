"""How much of a table is read, where who sends it need not mean well: a megabyte may unpack to a thousand."""

import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pyarrow.parquet as pq


class TooMuch(Exception):
    """The rest of a sentence that begins with a file's name."""


@dataclass(frozen=True)
class Most:
    """cells: rows times columns."""

    rows: int
    cells: int
    columns: int

    def rows_of(self, columns: int) -> int:
        """How many rows of so many columns there may be. Raises TooMuch."""
        if columns > self.columns:
            raise TooMuch(f"got {columns:,} columns, expected at most {self.columns:,}")
        return min(self.rows, self.cells // max(columns, 1))

    def check(self, rows: int, columns: int, *, more: bool = False) -> None:
        """more: it was read as far as ``rows``, and has more of them perhaps. Raises TooMuch."""
        if rows > (most := self.rows_of(columns)):
            got = f"more than {most:,}" if more else f"{rows:,}"
            raise TooMuch(
                f"got {got} rows of {columns:,} columns, expected at most {self.rows:,} rows and {self.cells:,} cells"
            )

    def check_lines(self, lines: Iterable[str], separators: Collection[str]) -> None:
        """Before they are split, which makes a text of each of their fields. Raises TooMuch."""
        fields = 0
        for line in lines:
            fields += max(map(line.count, separators))
            if fields > self.cells + self.columns:  # the names are there too
                raise TooMuch(f"got more than {self.cells:,} cells in its first lines, expected at most so many in all")

    def check_parquet(self, content: bytes, largest: int) -> None:
        """By what the file says of itself, before any of it is unpacked. Raises TooMuch, and what pyarrow raises."""
        said = pq.read_metadata(io.BytesIO(content))
        self.check(said.num_rows, said.num_columns)
        size = sum(said.row_group(place).total_byte_size for place in range(said.num_row_groups))
        if size > largest:
            raise TooMuch(f"holds {size:,} bytes unpacked, expected at most {largest:,}")
