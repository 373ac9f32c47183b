"""Who may come in: a token for programs and the proxy, and signing in by OpenID Connect."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from batch_zero.errors import SettingsError, expected

TOKEN_LENGTH = 16
EXAMPLE_SECRET = "change-me"


@dataclass(frozen=True)
class Oidc:
    """How visitors sign in. metadata_url: the provider's ``/.well-known/openid-configuration``; redirect_uri: this
    page's address, with ``/oauth2callback``."""

    metadata_url: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    cookie_secret: str = field(repr=False)

    def as_streamlit(self) -> dict[str, Any]:
        """The ``[auth]`` of its secrets."""
        given = {name: value for name, value in vars(self).items() if name != "metadata_url"}
        return {"server_metadata_url": self.metadata_url, **given}


@dataclass(frozen=True)
class Access:
    """token: what programs and the proxy in front know this page by. oidc: None where nobody has to sign in."""

    token: str | None = field(default=None, repr=False)
    oidc: Oidc | None = None


def read_access(env: Mapping[str, str]) -> Access:
    """Raises SettingsError rather than leave a door open."""
    return Access(token=_token(env), oidc=_oidc(env))


def _token(env: Mapping[str, str]) -> str | None:
    token = env.get("BATCH_ZERO_TOKEN") or None
    if token is not None and (len(token) < TOKEN_LENGTH or not token.isascii() or token != token.strip()):
        raise SettingsError(f"BATCH_ZERO_TOKEN: expected at least {TOKEN_LENGTH} ASCII characters without blanks")
    return token if token is None else _own("BATCH_ZERO_TOKEN", token)


def _own(name: str, secret: str) -> str:
    """A secret that stands in an example is everybody's."""
    if EXAMPLE_SECRET in secret:
        raise SettingsError(f"{name}: got an example ({EXAMPLE_SECRET}...), expected a secret of your own")
    return secret


def _oidc(env: Mapping[str, str]) -> Oidc | None:
    names = {name: f"BATCH_ZERO_OIDC_{name.upper()}" for name in Oidc.__dataclass_fields__}
    given = {name: env[variable] for name, variable in names.items() if env.get(variable)}
    if not given and not allowed_visitors(env):
        return None
    if missing := sorted(names[name] for name in names.keys() - given.keys()):
        raise SettingsError(expected(", ".join(missing), None, "a value each, because other BATCH_ZERO_OIDC_* are set"))
    for name in ("client_secret", "cookie_secret"):
        _own(names[name], given[name])
    assumes_verified(env)
    return Oidc(**given)


def allowed_visitors(env: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Who of those that the provider signs in may see the page: e-mail addresses, and domains as ``@example.org``.
    Nobody is named: everybody may."""
    return tuple(env.get("BATCH_ZERO_OIDC_ALLOWED", "").replace(",", " ").casefold().split())


def assumes_verified(env: Mapping[str, str] = os.environ) -> bool:
    """Whether an address counts as the visitor's own where the provider does not say ``email_verified``."""
    text = env.get("BATCH_ZERO_OIDC_EMAIL_VERIFIED") or "required"
    if text not in {"required", "assumed"}:
        raise SettingsError(expected("BATCH_ZERO_OIDC_EMAIL_VERIFIED", text, "required or assumed"))
    return text == "assumed"
