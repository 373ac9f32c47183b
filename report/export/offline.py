"""One HTML file that needs nothing else: no server, no network. Autoescaped; scripts run by their hash."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from batch_zero.installation import shipped
from batch_zero.text import one_line
from ui import theme

TEMPLATES = shipped("report", "export", "templates")
FONTS = shipped("static", "fonts")
FACES = (
    ("Inter", "inter-latin-wght-normal.woff2"),
    ("Space Grotesk", "space-grotesk-latin-wght-normal.woff2"),
    ("JetBrains Mono", "jetbrains-mono-latin-wght-normal.woff2"),
)

Figures: TypeAlias = dict[str, go.Figure]
"""By the id of the element that each is drawn in."""


def render(template: str, figures: Figures, folder: Path = TEMPLATES, **words: Any) -> str:
    """The page that ``template`` makes of ``words``; it extends ``base.html.j2``. folder: where it lies."""
    scripts = (get_plotlyjs(), (TEMPLATES / "report.js").read_text("utf-8"))
    return (
        _environment(folder)
        .get_template(template)
        .render(
            **words,
            figures=_as_json(figures),
            policy=_policy(scripts),
            scripts=[Markup(script) for script in scripts],
            style=Markup(_style()),
        )
    )


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_on_one_line,
    )
    environment.filters["sentence"] = lambda text: text[:1].upper() + text[1:]
    return environment


def _on_one_line(value: object) -> object:
    """Whatever a template puts in, but for what we have made for it."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _as_json(figures: Figures) -> Markup:
    """For a script element of type application/json: without one character that HTML reads."""
    plain = {name: json.loads(figure.to_json()) for name, figure in figures.items()}
    text = json.dumps({"figures": plain, "config": theme.CONFIG}, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _policy(scripts: tuple[str, ...]) -> str:
    """Content-Security-Policy: these very scripts, inline style, embedded fonts, and nothing from anywhere."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _style() -> str:
    return "\n".join(
        (*(_font_face(family, file) for family, file in FACES), (TEMPLATES / "report.css").read_text("utf-8"))
    )


def _font_face(family: str, file: str) -> str:
    data = base64.b64encode((FONTS / file).read_bytes()).decode()
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: 100 900; font-display: swap; '
        f'src: url(data:font/woff2;base64,{data}) format("woff2"); }}'
    )
