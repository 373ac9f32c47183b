"""Processes forked from one that has imported their libraries: ``lines`` on its side, ``line`` on that of who asks.

No library and nothing else of the project, since children of the sandbox know nothing else; the jobs use it too."""
