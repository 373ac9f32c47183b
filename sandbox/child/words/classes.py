"""What a class is called by who uses it: the module that it is imported from, which is seldom the one it is written in.
Runs in the child."""

import sys
from types import ModuleType

LONGEST = 200


def library_of(model: object) -> str:
    """The package that its class is written in, whatever it says of that."""
    return str(type(model).__module__).partition(".")[0]


def public_name(kind: type) -> str:
    """By the outermost package above its own module that has it under its name, as far as those are imported:
    ``sklearn.linear_model.LogisticRegression``."""
    module, name = str(kind.__module__)[:LONGEST], str(kind.__qualname__)[:LONGEST]
    parts = module.split(".")
    for length in range(1, len(parts)):
        package = ".".join(parts[:length])
        if _held(sys.modules.get(package), name) is kind:
            module = package
            break
    return f"{module}.{name}"[:LONGEST]


def _held(package: ModuleType | None, name: str) -> object:
    """Without asking a module that makes its names when it is asked."""
    return vars(package).get(name) if isinstance(package, ModuleType) else None
