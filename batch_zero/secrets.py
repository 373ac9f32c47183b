"""What nobody may read: passwords, tokens and keys, taken out of every message, log and file.

A driver says in its own words what it could not use of an address: ``invalid port number: "ter2@host"``. So the secrets
of the addresses and variables in force are known here piece by piece, as a driver may cut or rewrite them, and each is
masked wherever it comes up.
"""

import base64
import json
import logging
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus, unquote_to_bytes

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
_OTHER = (
    r"(?:host|hostaddr|port|dbname|database|server|user|uid|username|driver|sslmode|sslcert|sslrootcert|sslpassword|"
    r"connect_timeout|timeout|application_name|options|target_session_attrs|charset|encrypt|mode|uri)"
)
_NAMED = (
    rf"(?i)(?<![\w-])(?P<key>[\w-]*{_SECRET}\s*=\s*)(?!\*\*\*)"
    r"""(?P<value>(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")(?=[\s&;,)\]}]|\Z)"""
    rf"|[^\n]*?(?=[&;,\s]+(?:{_OTHER}|[\w-]*{_SECRET})\s*=|$))"
)
_NAMED_IN_TEXT = re.compile(_NAMED, re.MULTILINE)
_NAMED_IN_ADDRESS = re.compile(_NAMED.replace(r"[^\n]*?", ".*?"), re.DOTALL)
"""A value that is not quoted, and holds a blank, a quote or an & that nobody has escaped, has no certain end: it goes
on to the next setting that is known, or to the end."""

_HEADER = re.compile(r"""(?i)(\bauthorization['"]?\s*[:=]\s*['"]?(?:(?:basic|bearer|negotiate)\s+)?)[^\s'",}]+""")
_KNOWN = r"(?:postgres(?:ql)?|mysql|mariadb|mssql|oracle|https?|databricks|uc|redis|s3)(?:\+\w+)?"
_SCHEME = re.compile(rf"(?i)(?<![\w+.-])(?:(?:[a-z][\w+.-]*:|{_KNOWN})//(?!/)|{_KNOWN}:/*(?!/))")
_LOCAL = re.compile(r"(?i)\s*(?:file:(?!//(?!/))|sqlite(?:\+\w+)?:///|/(?!/)|~|\.|[a-z]:\\)")
"""A path: an @ or a colon in it tells nothing."""

_USER = re.compile(r"[\w.%-]*")
_DATABRICKS_TOKEN = re.compile(r"dapi\w+[^/]*")
_RUN = re.compile(r"\S+")
_VARIABLE = re.compile(r"(?i)(?:password|passwd|secret|token|(?:api|private|secret_access)_?key)$")
_ADDRESS_VARIABLE = re.compile(r"(?i)(?:ur[il]|dsn|proxy)$")
_HOST = r"(?:\[[^\]]*\]|[^:/?#,\s]*)(?::\d{0,5})?"
_PLACE = re.compile(rf"{_HOST}(?:,{_HOST})*(?:/.*)?")
"""Hosts with or without ports, and a path: nothing is secret in an address that is that before its query."""

_MARKS = r"""'"`:/@?#=&%;,+\[\](){}<>|\\"""
_AT_MARKS = re.compile(r"\W+")
_AT_ENDS = re.compile(r"[\s/?#@:&=]+")
"""Where addresses are cut by their grammar."""

_LEFT_OUT = str.maketrans("", "", "\t\r\n")
"""What Python's urlsplit takes out of an address before it reads it."""

CUTS = 8
"""A secret with so many marks or fewer is known in every part that lies between two of them."""

Span = tuple[int, int]

_in_force: frozenset[str] = frozenset()
_pattern: re.Pattern[str] | None = None


def keep(*addresses: str, values: Iterable[str] = (), env: Mapping[str, str] = os.environ) -> None:
    """From now on what is secret in ``addresses``, all ``values``, and the passwords, tokens and keys in ``env`` are
    masked, also where a library logs them by a handler of its own."""
    global _in_force, _pattern
    logging.setLogRecordFactory(_MaskedRecord)
    whole = {*values, *(value for name, value in env.items() if _VARIABLE.search(name))}
    elsewhere = (value for name, value in env.items() if _ADDRESS_VARIABLE.search(name))
    given = (*addresses, *elsewhere)
    read = {*given, *(address.translate(_LEFT_OUT) for address in given)}
    found = {piece for address in read for piece in pieces(address)}
    found |= {form for value in whole if value.casefold() not in ORDINARY for form in _variants(value)}
    if not found <= _in_force:
        _in_force |= found
        _pattern = _pattern_of(_in_force)


class _MaskedRecord(logging.LogRecord):
    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        if self.exc_info and self.exc_info[0]:
            self.exc_text = masked(logging.Formatter().formatException(self.exc_info))

    def getMessage(self) -> str:
        return masked(super().getMessage())


def masked(text: str) -> str:
    """``text`` without what is secret: the pieces in force, ``user:***@host`` in every address, ``***`` after
    ``password=`` and the like."""
    return _masked_by_form(_pattern.sub(MASK, text) if _pattern else text)


def shown(address: str) -> str:
    """As ``masked``, for a text that is an address, whether or not it is in force."""
    own = pieces(address)
    text = _without(_hidden(address), address, MASK)
    return masked(_pattern_of(own).sub(MASK, text) if own else text)


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
    hidden = _hidden(address)
    known = {word.casefold() for word in _AT_MARKS.split(_without(hidden, address, " "))} | ORDINARY
    secret = {address[start:end] for start, end in hidden}
    for text in {unquote(address), unquote_plus(address)} - {address}:  # settings of ODBC in one that is SQLAlchemy's
        secret |= {match["value"] for match in _NAMED_IN_ADDRESS.finditer(text)}
    parts = {part for text in secret for part in _parts(text.strip("'\"")) if part.casefold() not in known}
    parts |= set(_in_headers(address))
    return frozenset(variant for part in parts for variant in _variants(part))


def _hidden(address: str) -> list[Span]:
    """Where its secrets are, in order and apart, by the reading that hides most."""
    named = [match.span("value") for match in _NAMED_IN_ADDRESS.finditer(address)]
    spans: list[Span] = []
    for start, end in sorted([*_user_info(address), *named]):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        elif start < end:
            spans.append((start, end))
    return spans


def _user_info(address: str) -> Iterator[Span]:
    """A password ends at the last @, whatever marks it holds; the user before its colon is no secret. Where there is no
    colon, the user is a token. Without an @, what stands in the place of a port and is none is a secret."""
    if _LOCAL.match(address):
        return
    scheme = _SCHEME.match(address.lstrip())
    begin = len(address) - len(address.lstrip()) + scheme.end() if scheme else 0
    at = address.rfind("@", begin)
    if at >= 0:
        yield _after_user(address, begin, at), at
    elif scheme and (token := _DATABRICKS_TOKEN.match(address, begin)):
        yield token.span()
    elif scheme and not _PLACE.fullmatch(re.split(r"\?(?=[\w.-]+=)", address[begin:], maxsplit=1)[0]):
        colon = address.find(":", begin)
        yield (colon + 1, len(address)) if colon >= 0 else (begin, begin)


def _after_user(text: str, begin: int, at: int) -> int:
    user, colon, _ = text[begin:at].partition(":")
    return begin + len(user) + 1 if colon and _USER.fullmatch(user) else begin


def _without(spans: Iterable[Span], text: str, instead: str) -> str:
    kept, last = [], 0
    for start, end in spans:
        kept += [text[last:start], instead]
        last = end
    return "".join([*kept, text[last:]])


def _in_headers(address: str) -> Iterator[str]:
    """User and password as HTTP sends them."""
    for start, end in _user_info(address):
        user = re.split(r"[/:]+", address[:start].rstrip(":"))[-1]
        yield base64.b64encode(f"{user}:{unquote(address[start:end])}".encode("utf-8", "replace")).decode()


def _parts(secret: str) -> Iterator[str]:
    """The secret, and what lies between its marks, before and after percent-decoding."""
    for text in {secret, unquote(secret), unquote_plus(secret), repr(unquote_to_bytes(_as_bytes(secret)))[2:-1]}:
        yield from (text, *_AT_ENDS.split(text))
        cuts = [(0, 0), *(mark.span() for mark in _AT_MARKS.finditer(text)), (len(text), len(text))]
        for place, (_, start) in enumerate(cuts):
            ends = cuts[place + 1 :] if len(cuts) <= CUTS + 2 else cuts[place + 1 : place + 2]
            yield from (text[start:end] for end, _ in ends)


def _variants(piece: str) -> set[str]:
    """A piece as it is, and as programs write it into addresses, JSON and messages."""
    decoded = unquote(piece, errors="replace")
    # A variable may hold bytes that are no UTF-8; Python keeps each as half a character.
    both = [_as_bytes(text) for text in (decoded, piece)]
    written = {piece, decoded, *(quote(each, safe="") for each in both), quote_plus(both[0])}
    return {form for text in written for form in (text, repr(text)[1:-1], json.dumps(text)[1:-1])} - {""}


def _as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


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
    text = _NAMED_IN_TEXT.sub(rf"\g<key>{MASK}", _RUN.sub(_without_user_info, text))
    return _HEADER.sub(rf"\1{MASK}", text)


def _without_user_info(run: re.Match[str]) -> str:
    """Of what may be an address among other words."""
    text, scheme = run[0], _SCHEME.search(run[0])
    at = text.rfind("@", scheme.end()) if scheme else -1
    if scheme is None or at < 0:
        return text
    return f"{text[: _after_user(text, scheme.end(), at)]}{MASK}{text[at:]}"
