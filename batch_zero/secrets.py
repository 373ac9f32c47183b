"""What nobody may read: passwords, tokens and keys, taken out of every message, log and file.

A driver says in its own words what it could not use of an address: ``invalid port number: "ter2@host"``. So the secrets
of the addresses and variables in force are known here piece by piece, as a driver may cut or rewrite them, and each is
masked wherever it comes up.
"""

import base64
import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASK = "***"
SURE, SHORT = 8, 3
"""A piece of eight characters is masked even within a word, one of three where it is a word. A shorter one is masked
between quotes and the marks of an address only: "a" is in every sentence."""

ORDINARY = {"admin", "database", "databricks", "host", "localhost", "mlflow", "password", "port", "postgres"} | {
    *("postgresql", "root", "secret", "server", "store", "test", "token", "user")
}
"""Passwords that everybody tries first. To blank such a word in every sentence would only point at it; where a password
stands, it is masked all the same."""

_SECRET = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|signature|sig|(?:api|ssl|access|private)_?key)"
)
_VALUE = r"""(?:'[^']*'|"[^"]*"|[^&\s'"]+)"""
_NAMED = re.compile(rf"(?i)(?<!\w)([\w-]*{_SECRET}=)({_VALUE})")
_PARAMETER = re.compile(rf"(?i)(?<!\w)([\w-]*{_SECRET}=)([^&]*)")
_HEADER = re.compile(r"""(?i)(\bauthorization['"]?\s*[:=]\s*['"]?(?:(?:basic|bearer|negotiate)\s+)?)[^\s'",}]+""")
_USER_INFO = re.compile(
    r"""
    (?<=://)(?:
        ([^\s:/@]*):                    # a user and a colon,
        (?!\d{1,5}(?:[/?#]|\b(?!@)))    # after which no port comes,
        \S*                             # a password up to the last @: it may hold a slash or an @ itself
      | [^/\s]*                         # or a user, or a token, alone
    )@
    """,
    re.VERBOSE,
)
_VARIABLE = re.compile(r"(?i)(?:password|passwd|secret|token|(?:api|private|secret_access)_?key)$")
_ADDRESS_VARIABLE = re.compile(r"(?i)(?:ur[il]|dsn|proxy)$")
_HOST = r"(?:\[[^\]]*\]|[^:/?#,\s]*)(?::\d{0,5})?"
_PLACE = re.compile(rf"{_HOST}(?:,{_HOST})*(?:/.*)?")
"""Hosts with or without ports, and a path: nothing is secret in an address that is that before its query."""

_MARKS = r"""'"`:/@?#=&%;,+\[\](){}<>|\\"""

_in_force: frozenset[str] = frozenset()
_pattern: re.Pattern[str] | None = None


def keep(*addresses: str, values: Iterable[str] = (), env: Mapping[str, str] = os.environ) -> None:
    """From now on what is secret in ``addresses``, all ``values``, and the passwords, tokens and keys in ``env`` are
    masked."""
    global _in_force, _pattern
    whole = {*values, *(value for name, value in env.items() if _VARIABLE.search(name))}
    elsewhere = (value for name, value in env.items() if _ADDRESS_VARIABLE.search(name))
    found = {piece for address in (*addresses, *elsewhere) for piece in pieces(address)}
    found |= {form for value in whole if value.casefold() not in ORDINARY for form in _variants(value)}
    if not found <= _in_force:
        _in_force |= found
        _pattern = _pattern_of(_in_force)


def masked(text: str) -> str:
    """``text`` without what is secret: the pieces in force, ``user:***@host`` in every address, ``***`` after
    ``password=`` and the like."""
    return _masked_by_form(_pattern.sub(MASK, text) if _pattern else text)


def shown(address: str) -> str:
    """As ``masked``, for a text that is an address, whether or not it is in force."""
    own = pieces(address)
    return masked(_pattern_of(own).sub(MASK, address) if own else address)


def without_credentials(url: str) -> str | None:
    """For a link: without user and password. None where it cannot be said for certain where these end."""
    scheme, found, rest = url.partition("://")
    if not found:
        return None if "@" in url else url
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    tail = rest[len(authority) :]
    _, at, host = authority.rpartition("@")
    if not re.fullmatch(_HOST, host) or ("@" in tail and (at or ":" in host)):
        return None
    link = f"{scheme}://{host}{tail}"
    return link if _masked_by_form(link) == link else None


def pieces(address: str) -> frozenset[str]:
    """Everything in an address that is secret, whole and in the parts that a driver may take it for."""
    _, found, after = address.partition("://")
    rest = after if found else address
    user, secret, host = _read(rest) if found or "@" in rest else ("", "", "")
    known = {word.casefold() for word in (user, *re.split(r"[:/?#]", host))} | ORDINARY
    parts = {part for part in _parts(secret) if part.casefold() not in known}
    for _, given in (_PARAMETER if found else _NAMED).findall(address):
        value = given.strip("'\"")
        parts |= {value, *re.split(r"[@#?\s]", value)}
    if secret:
        parts.add(base64.b64encode(f"{user}:{unquote(secret)}".encode("utf-8", "replace")).decode())
    return frozenset(variant for part in parts for variant in _variants(part))


def _read(rest: str) -> tuple[str, str, str]:
    """User, secret and host of what follows ``://``, by the reading that hides most.

    A password ends at the last @ before the query, whatever marks it holds. Without an @, what stands in the place of a
    port and is none is a secret; without a colon, a user alone is a token.
    """
    if rest.startswith("/"):  # a path: sqlite:////home/ada/mlflow.db
        return "", "", rest
    plain = re.split(r"\?(?=[\w.-]+=)", rest, maxsplit=1)[0]
    info, at, host = (plain if "@" in plain or _PLACE.fullmatch(plain) else rest).rpartition("@")
    if not at:
        place, _, no_port = re.split(r"[/?#]", host, maxsplit=1)[0].partition(":")
        return ("", "", host) if _PLACE.fullmatch(plain) else ("", no_port, place)
    user, colon, password = info.partition(":")
    if colon:
        return user, password, host
    return "", "" if "/" in user else user, host


def _parts(secret: str) -> Iterator[str]:
    """The secret, and what lies between its marks, before and after percent-decoding."""
    for text in (secret, unquote(secret), unquote_plus(secret)):
        yield text
        yield from re.split(rf"[\s{_MARKS}]", text)


def _variants(piece: str) -> set[str]:
    """A piece as it is, and as programs write it into addresses, JSON and messages."""
    decoded = unquote(piece, errors="replace")
    # A variable may hold bytes that are no UTF-8; Python keeps each as half a character.
    both = [text.encode("utf-8", "surrogatepass") for text in (decoded, piece)]
    written = {piece, decoded, *(quote(each, safe="") for each in both), quote_plus(both[0])}
    return {form for text in written for form in (text, repr(text)[1:-1], json.dumps(text)[1:-1])} - {""}


def _pattern_of(found: Collection[str]) -> re.Pattern[str]:
    """A whole is masked as one, before its parts."""
    longest_first = sorted(found, key=lambda text: (-len(text), text))
    return re.compile("|".join(map(_where_it_stands, longest_first)), re.IGNORECASE)


def _where_it_stands(piece: str) -> str:
    escaped = re.escape(piece)
    if len(piece) >= SURE:
        return escaped
    if len(piece) >= SHORT:
        return rf"(?:(?<!\w)|(?<=%[0-9a-f]{{2}})){escaped}(?!\w)"
    return rf"(?<=[{_MARKS}]){escaped}(?=[{_MARKS}])"


def _masked_by_form(text: str) -> str:
    def hide(match: re.Match[str]) -> str:
        return f"{MASK}@" if match[1] is None else f"{match[1]}:{MASK}@"

    return _HEADER.sub(rf"\1{MASK}", _NAMED.sub(rf"\1{MASK}", _USER_INFO.sub(hide, text)))
