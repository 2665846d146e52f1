"""Where credentials and invoices may go: the services' own hosts of the environment, this machine for trials, and what
the operator names in `trusted_hosts`.

A forgotten variable or a typing error then sends no invoice to strangers, and none of a trial to the real platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from pdp_bridge.addresses import is_loopback
from pdp_bridge.settings.gathered import Gathered
from pdp_bridge.settings.problems import phrase
from pdp_bridge.settings.values import Environment

FACTURATION_PRO = "https://www.facturation.pro"
"""It has one address, for real firms and for trials."""

IOPOLE = {
    Environment.SANDBOX: ("https://api.ppd.iopole.fr", "https://auth.ppd.iopole.fr"),
    Environment.PRODUCTION: ("https://api.iopole.com", "https://auth.iopole.com"),
}
"""API root and root of the auth host, from Iopole's OpenAPI description of October 2026."""

SANDBOX_LOGIN = "https://auth.preprod.iopole.fr"
"""The other name of the sandbox's auth host: the issuer that it names itself."""


def check_hosts(gathered: Gathered, environment: Environment | None) -> None:
    """Every address of a service leads to a host that may be spoken to; problems are added to `gathered`."""
    trusted = {host.lower() for host in gathered.get("trusted_hosts") or ()}
    for key, known in _known(environment).items():
        address = gathered.get(key)
        host = urlsplit(address).hostname if address else None
        if host is None or host in known | trusted:
            continue
        if is_loopback(host) and environment is not Environment.PRODUCTION:
            continue
        gathered.complain(
            key,
            phrase("leads to {host}, which is not the service ({known}): correct it, or name it in trusted_hosts"),
            host=host,
            known=", ".join(sorted(known)),
        )


def _known(environment: Environment | None) -> Mapping[str, set[str]]:
    """The hosts of each address; without an environment, those of every one."""
    pairs = [IOPOLE[environment]] if environment is not None else list(IOPOLE.values())
    logins = {_host(login) for _, login in pairs}
    if environment is not Environment.PRODUCTION:
        logins.add(_host(SANDBOX_LOGIN))
    return {
        "source.base_url": {_host(FACTURATION_PRO)},
        "platform.base_url": {_host(api) for api, _ in pairs},
        "platform.auth_url": logins,
    }


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""
