"""How much of a table is read, where who sends it need not mean well: a megabyte may unpack to a thousand."""

import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from batch_zero.text import shortened


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
        """Before any of it is unpacked, by what the file says of itself; then text by text, each of them as often as it
        stands in a row, though the file and this memory have it once. Raises TooMuch, and what pyarrow raises."""
        _check_footer(content)
        file = pq.ParquetFile(io.BytesIO(content))
        said = file.metadata
        self.check(said.num_rows, said.num_columns)
        _check_plain(file.schema_arrow)
        size = sum(said.row_group(place).total_byte_size for place in range(said.num_row_groups))
        _check_size(max(size, _fixed(file)), largest)
        texts = {column.path for column in _columns(file) if column.physical_type == "BYTE_ARRAY"}
        size = 0
        for name in texts:
            for added in _sizes(content, name):
                size += added
                _check_size(size, largest)


MOST_FOOTER = 32 << 20
"""Bytes in which a Parquet file says what it holds, which are read whole: those of a thousand columns are a tenth."""

AT_ONCE = 1 << 14
"""Rows of one column."""


def _check_footer(content: bytes) -> None:
    length = int.from_bytes(content[-8:-4], "little")
    if length > MOST_FOOTER and content.endswith(b"PAR1"):
        raise TooMuch(f"takes {length:,} bytes to say which columns it has, expected at most {MOST_FOOTER:,}")


def _check_plain(schema: pa.Schema) -> None:
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_nested(kind):
            raise TooMuch(
                f"has a column {shortened(field.name)!r} of {str(kind)[:40]}, expected one value in each cell"
            )


def _columns(file: pq.ParquetFile) -> Iterator[Any]:
    return (file.schema.column(place) for place in range(len(file.schema)))


def _fixed(file: pq.ParquetFile) -> int:
    """Bytes of all cells of columns in which each has the same number of them."""
    width = sum(column.length for column in _columns(file) if column.physical_type == "FIXED_LEN_BYTE_ARRAY")
    return int(width * file.metadata.num_rows)


def _sizes(content: bytes, name: str) -> Iterator[int]:
    """Bytes of a column of texts once each row has its own, a part of the rows after the other."""
    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=[name])
    for batch in file.iter_batches(AT_ONCE, columns=[name], use_threads=False):
        for values in batch.columns:
            if pa.types.is_dictionary(values.type):
                lengths = pc.binary_length(values.dictionary.cast(pa.large_binary())).take(values.indices)
                yield pc.sum(lengths).as_py() or 0
            else:
                yield values.nbytes


def _check_size(size: int, largest: int) -> None:
    if size > largest:
        raise TooMuch(f"holds more than {largest:,} bytes unpacked, expected at most that")
