"""Text into Streamlit: escaped for Markdown or for HTML, a word that is not ours does nothing on the page."""

import html
import re
from collections.abc import Sequence

from batch_zero.text import one_line

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")  # CommonMark lets every ASCII punctuation mark be escaped
_JOINER = "\u2060"  # word joiner: invisible, and it keeps Streamlit from reading icons, links and arrows into the text
_SEQUENCE = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)|(?<=[-<>=])(?=[-<>=])")


def plain(value: object, limit: int = 600) -> str:
    """``value`` for an argument that Streamlit reads as Markdown, so that it shows as it is and does nothing."""
    return _MARKDOWN.sub(r"\\\1", _SEQUENCE.sub(_JOINER, one_line(value, limit)))


def escape(text: str) -> str:
    """``text`` for HTML, on one line."""
    return html.escape(one_line(text))


def link(url: str | None, text: str) -> str:
    """HTML: ``text``, as a link to another window where there is an address."""
    if url is None:
        return escape(text)
    return f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'


def table(
    caption: str, groups: Sequence[tuple[str, int]], columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
    """HTML: a table that scrolls sideways within the page. groups: (heading, number of columns), empty for none."""
    spans = "".join(_span(name, width) for name, width in groups)
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    top = f'<tr class="groups">{spans}</tr>' if groups else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead>{top}<tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _span(name: str, width: int) -> str:
    if not name.strip():
        return f'<td colspan="{width}"></td>'
    return f'<th scope="colgroup" colspan="{width}">{escape(name)}</th>'


def _cells(row: Sequence[str]) -> str:
    first, *rest = row
    return f'<th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
