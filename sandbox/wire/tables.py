"""Rows and predictions as Arrow, and what is looked at before a table that a model's process made is believed.

A table that comes from the child is one batch of plain columns that were not compressed: a compressed buffer says
itself how much memory it wants, dictionaries and nested columns are where readers of Arrow had their holes.
"""

import struct

import numpy as np
import pandas as pd
import pyarrow as pa

PLAIN = (pa.float64(), pa.int64(), pa.bool_(), pa.string())
MOST_COLUMNS = 1_000
OVERHEAD = 1 << 16
"""Bytes that a table of few rows may take."""

ROW_BYTES = 8 * MOST_COLUMNS


class TableError(Exception):
    """Not a table of predictions; the message says what is wrong with it."""


def of_rows(frame: pd.DataFrame) -> memoryview:
    """Raises ValueError or pa.ArrowException where a column cannot be stored."""
    return _stream(pa.Table.from_pandas(frame, preserve_index=False).combine_chunks())


def rows_in(stream: bytes) -> pd.DataFrame:
    """What ``of_rows`` was given. In the child, which believes the program."""
    with pa.ipc.open_stream(stream) as reader:
        frame: pd.DataFrame = reader.read_all().to_pandas(use_threads=False)
    return frame


def of_answer(values: np.ndarray) -> memoryview:
    """values: of shape (rows,) or (rows, columns), numbers or truth values; all else is written as text."""
    columns = values.reshape(len(values), -1).T
    return _stream(pa.table([_column(column) for column in columns], names=[str(n) for n in range(len(columns))]))


def _column(values: np.ndarray) -> pa.Array:
    if values.dtype.kind == "b":
        return pa.array(values, pa.bool_())
    if values.dtype.kind == "i" or (values.dtype.kind == "u" and values.dtype.itemsize < 8):
        return pa.array(values.astype("int64"), pa.int64())
    if values.dtype.kind in "uf":
        return pa.array(values.astype("float64"), pa.float64())
    return pa.array([str(value) for value in values], pa.string())


def _stream(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=None)) as writer:
        writer.write_table(table, max_chunksize=max(1, len(table)))
    return memoryview(sink.getvalue())


def answer_in(stream: bytes, counts: range) -> np.ndarray:
    """The columns of a table that came from a child, side by side: shape (rows, columns). counts: how many rows it may
    have. Raises TableError."""
    try:
        batch = _only_batch(stream)
        batch.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TableError("got bytes that are no table") from error
    if batch.num_rows not in counts or any(column.null_count for column in batch.columns):
        rows = f"one for each of {counts[0]} rows" if len(counts) == 1 else f"up to {counts[-1]}"
        raise TableError(f"got {batch.num_rows} predictions, or gaps among them, expected {rows}")
    return np.column_stack([column.to_numpy(zero_copy_only=False) for column in batch.columns])


def _only_batch(stream: bytes) -> pa.RecordBatch:
    messages = pa.ipc.MessageReader.open_stream(pa.py_buffer(stream))
    schema, batch = _next(messages), _next(messages)
    if (schema.type, batch.type) != ("schema", "record batch") or _is_compressed(batch.metadata):
        raise TableError("got a table that is compressed or in several parts, expected a plain one")
    columns = pa.ipc.read_schema(schema)
    if not 0 < len(columns) <= MOST_COLUMNS or any(field.type not in PLAIN for field in columns):
        raise TableError(f"got columns {str(columns.types)[:100]}, expected 1 to {MOST_COLUMNS} of numbers or text")
    return pa.ipc.read_record_batch(batch, columns)


def _next(messages: pa.ipc.MessageReader) -> pa.ipc.Message:
    try:
        return messages.read_next_message()
    except StopIteration:
        raise TableError("got a table without rows") from None


def _is_compressed(metadata: pa.Buffer) -> bool:
    """Whether the field ``compression`` of Arrow's RecordBatch is there. pyarrow has verified these bytes as the
    flatbuffer that they should be, and does not say."""
    data = memoryview(metadata)
    (message,) = struct.unpack_from("<I", data)
    place = _field(data, message, 2)
    if place is None:
        raise TableError("got a message without a header")
    (header,) = struct.unpack_from("<I", data, place)
    return _field(data, place + header, 3) is not None


def _field(data: memoryview, table: int, number: int) -> int | None:
    """Where a field of a flatbuffer's table stands; None where it is left out."""
    (back,) = struct.unpack_from("<i", data, table)
    (size,) = struct.unpack_from("<H", data, table - back)
    slot = 4 + 2 * number
    (offset,) = struct.unpack_from("<H", data, table - back + slot) if slot < size else (0,)
    return table + offset if offset else None


def most_bytes(rows: int, limit: int) -> int:
    """Of a table of predictions for so many rows, at most ``limit``."""
    return min(limit, OVERHEAD + rows * ROW_BYTES)
