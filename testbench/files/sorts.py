"""What somebody should think of a name that a model file imports. A sort is a first impression: exact names and the
shape of a name, nothing else. What nobody has thought of here is unknown, and what is not dangerous is not safe.
"""

from dataclasses import dataclass
from enum import StrEnum

from testbench.files import known
from testbench.files.values import Import


class Sort(StrEnum):
    """Of a name, in the order in which they are shown."""

    DANGEROUS = "dangerous"
    UNKNOWN = "unknown"
    LIBRARY = "library"
    HARMLESS = "harmless"


@dataclass(frozen=True)
class Named:
    """A name that a file would import. why: a phrase; empty where the sort says it all. member: the file within a zip;
    empty where there is only one."""

    module: str
    name: str
    sort: Sort
    why: str = ""
    member: str = ""

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.module else "a name"


def sorted_out(found: Import, member: str = "") -> Named:
    sort, why = _sort(found.module, found.name)
    return Named(found.module, found.name, sort, why, member)


def _sort(module: str, name: str) -> tuple[Sort, str]:
    if not module or not name:
        return Sort.DANGEROUS, "its name is made only while the file is opened"
    if name.startswith("extension "):
        return Sort.UNKNOWN, "an extension's number, which this program does not know"
    if (module, name) in known.HARMLESS:
        return Sort.HARMLESS, ""
    if (why := known.DANGEROUS_NAMES.get(f"{module}.{name}") or _why_dangerous(module, name)) is not None:
        return Sort.DANGEROUS, why
    return _of_library(module, name)


def _why_dangerous(module: str, name: str) -> str | None:
    parents = module.split(".")
    for length in range(len(parents), 0, -1):
        if (why := known.DANGEROUS_MODULES.get(".".join(parents[:length]))) is not None:
            return why
    if parents[0] in ("builtins", "__builtin__") and name.partition(".")[0] not in known.BUILTINS:
        return "a builtin that a model has no use for"
    if "." in name and not all(part[:1].isupper() for part in name.split(".")[:-1]):
        return "goes through a module to what that imports"
    if "__" in name and name not in known.FUNCTIONS and not name.startswith("__pyx_unpickle_"):
        return "reaches into what Python is made of"
    return None


def _of_library(module: str, name: str) -> tuple[Sort, str]:
    root = module.partition(".")[0]
    if root not in known.LIBRARIES:
        return Sort.UNKNOWN, "a module of its author's, or one that is not known here"
    if name[:1].isupper() or name.lstrip("_")[:1].isupper():
        return Sort.LIBRARY, ""
    if name in known.FUNCTIONS or name.startswith("__pyx_unpickle_") or name in known.NUMPY_TYPES:
        return Sort.LIBRARY, ""
    if module == "numpy" and name in known.ARITHMETIC:
        return Sort.LIBRARY, ""
    return Sort.UNKNOWN, f"a function of {known.LIBRARIES[root]} that models seldom hold"
