"""What was seen of a model file before anything opened it: for a person in sentences, for a program as JSON."""

from dataclasses import dataclass
from typing import Any

from batch_zero.formats import counted, sample
from batch_zero.text import one_line
from lifecycle.records import ProductionModel
from testbench.files.sorts import Named, Sort

SHOWN = 8


@dataclass(frozen=True)
class FileReport:
    """kind: as in ``sandbox.files.kinds``; words: the same for a sentence. codec: by which the whole file is
    compressed. suffix_fits: None where the name has no suffix, or one of no kind. size: bytes. sha256: of a folder,
    that of the list which ``sha256sum`` prints of its files, in the order of their names. names: that it would import,
    the most dangerous first; more_names: how many others there are. read_to, read_of: bytes of what is pickled in it,
    unpacked, that were read, and that there are; None where there is nothing pickled, or where it is not known.
    stopped: why they were not all read. saved_with: library -> version, as far as the file says. registered: the
    version of a registered model that it is, where it was named so."""

    name: str
    kind: str
    words: str
    codec: str | None
    suffix_fits: bool | None
    size: int
    sha256: str
    names: tuple[Named, ...] = ()
    more_names: int = 0
    read_to: int | None = None
    read_of: int | None = None
    stopped: str | None = None
    saved_with: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    registered: ProductionModel | None = None

    def of_sort(self, sort: Sort) -> tuple[Named, ...]:
        return tuple(name for name in self.names if name.sort is sort)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "kind": self.kind,
            "compressed_by": self.codec,
            "suffix_fits": self.suffix_fits,
            "size": self.size,
            "sha256": self.sha256,
            "names": {
                sort.value: [
                    {"module": found.module, "name": found.name, "why": found.why, "member": found.member}
                    for found in self.of_sort(sort)
                ]
                for sort in Sort
            },
            "more_names": self.more_names,
            "read": {"to": self.read_to, "of": self.read_of, "stopped": self.stopped},
            "saved_with": dict(self.saved_with),
            "remarks": list(self.remarks),
            "registered": _registered(self.registered),
        }

    def sentences(self) -> list[str]:
        """What a person is told; a file's own text in them is on one line, and short."""
        packed = f", compressed by {self.codec}" if self.codec else ""
        said = [f"{self.name} is {self.words}{packed}, {counted(self.size, 'byte')}."]
        if (version := self.registered) is not None:
            run = f", of run {one_line(version.run_id, 40)}" if version.run_id else ""
            said.append(f"It is version {version.version} of the registered model {one_line(version.name, 80)}{run}.")
        said += [f"It was saved with {library} {version}." for library, version in self.saved_with]
        said += [_said(sort, found) for sort in Sort if (found := self.of_sort(sort))]
        if self.more_names:
            said.append(f"It imports {counted(self.more_names, 'more name')}, not listed here.")
        if (extent := self._extent()) is not None:
            said.append(extent)
        return [*said, *self.remarks]

    def _extent(self) -> str | None:
        if self.read_to is None:
            return None
        if self.stopped is None:
            return f"Read to its end, byte {self.read_to:,}; that says what it names, not what that does."
        of = "" if self.read_of is None else f" of {self.read_of:,}"
        after = "" if self.read_to == self.read_of else " What comes after may import anything."
        return f"Read to byte {self.read_to:,}{of}, no further: {self.stopped}.{after}"


def _registered(version: ProductionModel | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {"name": version.name, "version": version.version, "alias": version.alias, "run_id": version.run_id}


WORDS = {
    Sort.DANGEROUS: "Dangerous",
    Sort.UNKNOWN: "Not known here",
    Sort.LIBRARY: "Of the model's library",
    Sort.HARMLESS: "Harmless by itself",
}


def _said(sort: Sort, found: tuple[Named, ...]) -> str:
    if sort is Sort.DANGEROUS:
        each = [f"{shown(name)} ({name.why}{_where(name)})" for name in found]
        return f"{WORDS[sort]}: {sample(each, SHOWN)}."
    return f"{WORDS[sort]}: {sample([shown(name) for name in found], SHOWN)}."


def _where(name: Named) -> str:
    return f"; in {one_line(name.member, 60)}" if name.member else ""


def shown(name: Named) -> str:
    return one_line(str(name), 80)
