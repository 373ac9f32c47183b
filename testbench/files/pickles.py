"""What a pickle would import, as far as it can be read: a label for a person, and never what keeps anybody safe."""

import time
from dataclasses import dataclass, field

from sandbox.files.bounds import FileBounds
from testbench.files import arrays
from testbench.files.arrays import UncertainError
from testbench.files.machine import Machine
from testbench.files.opcodes import OpcodeError, steps
from testbench.files.sorts import Sort, sorted_out
from testbench.files.source import AT_ONCE, EndError, LateError, Reads, Source
from testbench.files.values import UNKNOWN, Import

LOOK_EVERY = 1_024
"""Opcodes between two looks at the clock."""


@dataclass(frozen=True)
class Reading:
    """imports: in the order in which they would be imported, each once. more: how many others there are. read_to, size:
    bytes, unpacked; size is None where it was not read to the end. stopped: why it was not read on; None where all
    of it was. saved_with: version of scikit-learn. arrays: whether joblib's own stand in it."""

    imports: tuple[Import, ...]
    more: int
    read_to: int
    size: int | None
    stopped: str | None
    saved_with: str | None
    arrays: bool


class _StopReading(Exception):
    """The message says why."""


@dataclass
class _Reader:
    source: Source
    bounds: FileBounds
    found: dict[Import, None] = field(default_factory=dict)
    more: int = 0
    opcodes: int = 0
    kept: int = 0
    saved_with: str | None = None
    arrays: bool = False

    def imported(self, name: Import) -> None:
        if name in self.found:
            return
        room = self.bounds.names - len(self.found)
        if room > 0 or (room > -self.bounds.names and sorted_out(name).sort is Sort.DANGEROUS):
            self.found[name] = None  # harmless ones in plenty do not hide another
        else:
            self.more += 1

    def pickle(self, with_arrays: bool) -> None:
        """Reads one up to its STOP. Raises OpcodeError or _StopReading."""
        machine = Machine(self.source, self.imported)
        for name in steps(machine):
            self.opcodes += 1
            if self.opcodes % LOOK_EVERY == 0:
                self._look(machine)
            if name == "BUILD":
                self.saved_with = self.saved_with or machine.saved_with
                if with_arrays and arrays.is_wrapper(machine.stack[-1]):
                    self._array(machine)
        self.kept += machine.kept

    def _look(self, machine: Machine) -> None:
        if self.opcodes > self.bounds.opcodes:
            raise _StopReading(f"it has more than {self.bounds.opcodes:,} opcodes")
        if self.kept + machine.kept > self.bounds.kept_mb << 20:
            raise _StopReading(f"what it makes would take more than {self.bounds.kept_mb:,} MB here")
        if time.monotonic() > self.source.deadline:
            raise LateError

    def _array(self, machine: Machine) -> None:
        """Passes over the bytes of an array, which is put in place of its wrapper."""
        self.arrays = True
        try:
            if self.source.place < machine.frame_end:
                raise UncertainError
            length = arrays.length(machine.stack[-1])
            if length is None:
                self.pickle(with_arrays=False)
            else:
                if arrays.is_padded(machine.stack[-1]):
                    self.source.skip(self.source.take(1)[0])
                self.source.skip(length)
        except UncertainError:
            raise _StopReading("where the array that comes next ends cannot be told for certain") from None
        except EndError:
            raise _StopReading("it breaks off within an array") from None
        machine.stack[-1] = UNKNOWN


def read(file: Reads, bounds: FileBounds, deadline: float | None = None) -> Reading:
    """file: its unpacked bytes; what it raises when it is read comes through. deadline: of the monotonic clock, where
    others are to be read by then as well."""
    source = Source(file, time.monotonic() + bounds.read_s if deadline is None else deadline)
    reader = _Reader(source, bounds)
    read_to, stopped = _pickles(reader)
    size = _end_of(source)
    return Reading(tuple(reader.found), reader.more, read_to, size, stopped, reader.saved_with, reader.arrays)


def _pickles(reader: _Reader) -> tuple[int, str | None]:
    """All that stand one after the other. To which byte, and why no further; None at the end."""
    first = True
    while True:
        begin = reader.source.place
        try:
            if not first and reader.source.is_at_end():
                return begin, None
            reader.pickle(with_arrays=True)
        except _StopReading as stop:
            return reader.source.place, str(stop)
        except LateError:
            return reader.source.place, f"to read it takes more than {reader.bounds.read_s:g} seconds"
        except OpcodeError as error:
            return (reader.source.place, str(error)) if first else (begin, "what comes after its end is no pickle")
        first = False


def _end_of(source: Source) -> int | None:
    """Where the bytes end; None where that would take too long to know."""
    try:
        while not source.is_at_end():
            source.skip(AT_ONCE)
    except EndError:
        return source.place
    except LateError:
        return None
    return source.place
