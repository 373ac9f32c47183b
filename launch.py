"""``batch-zero`` from any folder: the rooms are made known, and then called. It is the script that a wheel installs.

They come before everything else on the path: neither another package's ``datasets`` nor a ``settings.py`` of the folder
that this is called in is asked (docs/decisions/4-a-wheel.md).
"""

import sys
from importlib import import_module
from pathlib import Path


def main() -> int:
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import_module("batch_zero.beginning").hear()
    code: int = import_module("batch_zero.__main__").main()
    return code


if __name__ == "__main__":
    sys.exit(main())
