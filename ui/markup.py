"""Text into Streamlit: escaped for Markdown or for HTML, a word that is not ours does nothing on the page."""

import html
import re

from batch_zero.text import as_html, one_line

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")  # CommonMark lets every ASCII punctuation mark be escaped
_JOINER = "\u2060"  # word joiner: invisible, and it keeps Streamlit from reading icons, links and arrows into the text
_SEQUENCE = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)|(?<=[-<>=])(?=[-<>=])")


def plain(value: object) -> str:
    """All of ``value`` for an argument that Streamlit reads as Markdown, shown as it is, without effect."""
    return _MARKDOWN.sub(r"\\\1", _SEQUENCE.sub(_JOINER, one_line(value)))


_ADDRESS = re.compile(r"(?<![^\s'\"(“])(?:[A-Za-z][A-Za-z0-9+.-]*://|[A-Za-z]:\\|/)[^\s`'\"<>”]*[^\s`'\"<>”.,;:)]")


_COMMAND = re.compile(r"`([^`]*[^`\s][^`]*)`")


def sentence(value: object) -> str:
    """``plain``, with what stands between backticks, addresses and paths as code: who copies one gets nothing that is
    not its own."""
    text, parts, end = one_line(value), [], 0
    for found in _COMMAND.finditer(text):
        parts += [_with_addresses(text[end : found.start()]), found[0]]
        end = found.end()
    whole = "".join([*parts, _with_addresses(text[end:])])
    return whole.replace("``", "` `")  # two codes side by side would be one


def _with_addresses(text: str) -> str:
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        parts += [plain(text[end : found.start()]), f"`{found[0]}`"]
        end = found.end()
    return "".join([*parts, plain(text[end:])])


def link(url: str | None, text: str) -> str:
    """HTML: ``text``, as a link to another window where there is an address."""
    if url is None:
        return as_html(text)
    return f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{as_html(text)}</a>'


def run_link(url: str | None, kind: str, batch: int) -> str:
    """HTML: a link to a batch's run, with a name that is its own on the page; empty where there is no address."""
    if url is None:
        return ""
    hidden = f'<span class="unseen"> of Batch {batch}, in MLflow</span>'
    return f' <a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{as_html(kind)}{hidden}</a>'
