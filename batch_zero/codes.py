"""Texts that look like numbers and are names: what they would lose as numbers tells."""

import re

LOST = {
    "its leading zero": re.compile(r"0\d+(?:\.\d+)?"),
    "its plus sign": re.compile(r"\+\d{7,}"),
}
"""01234, a postal code, and +4915112345678, a telephone number; what is negative beside them is neither."""

LOST_BY_A_NAME = {"its plus sign": re.compile(r"\+\d+"), "its letter": re.compile(r"\d+[eE]\d+")}
"""Of what is known to be a name. A number that a program wrote has a sign behind the letter: 1e+05."""


def lost(text: str, *, is_name: bool = False) -> str:
    """What ``text`` would lose as a number; empty where that is nothing, or it is no name."""
    looked_for = [*LOST.items(), *(LOST_BY_A_NAME.items() if is_name else ())]
    return next((what for what, pattern in looked_for if pattern.fullmatch(text)), "")
