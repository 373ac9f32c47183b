"""The script with which a child's process begins, by ``python -I``: of the project it makes the folder of the sandbox
known, and nothing else. With the argument ``warm``, it is the process from which children are forked."""

import sys
from pathlib import Path
from types import ModuleType


def know_the_sandbox() -> None:
    """As the package that it is; `python -I` finds nothing of the project around it."""
    package = ModuleType("sandbox")
    package.__path__ = [str(Path(__file__).parents[1])]
    sys.modules["sandbox"] = package


if __name__ == "__main__":
    know_the_sandbox()
    if sys.argv[1:] == ["warm"]:
        from sandbox.child import nursery

        nursery.keep(0)
    else:
        from sandbox.child import life

        life.live(0, 1)
