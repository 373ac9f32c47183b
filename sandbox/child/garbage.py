"""How often garbage is collected: seldom while libraries are imported, which makes much to look through and little to
collect; and as in any process once a model is open, whose times are taken."""

import gc

USUAL = gc.get_threshold()
SELDOM = 100_000
"""Objects."""


def seldom() -> None:
    gc.set_threshold(SELDOM)


def as_usual() -> None:
    gc.set_threshold(*USUAL)
