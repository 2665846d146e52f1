"""Where credentials may travel: https anywhere, plain http on this machine only."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from pdp_bridge.errors import ConfigError


def is_loopback(host: str) -> bool:
    """The host is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("127.0.0.1.example.fr")
    (True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_root(address: str, key: str) -> str:
    """The root of a service as given; `key` is the setting it comes from.

    Raises `ConfigError` unless it is https, or http on this machine, without credentials inside.
    """
    try:
        url = urlsplit(address)
        host, _ = url.hostname or "", url.port
    except ValueError as error:
        raise ConfigError(f"{key} is not an address: {error}", key=key) from error
    if not host or not (url.scheme == "https" or (url.scheme == "http" and is_loopback(host))):
        raise ConfigError(
            f"{key} must begin with https://: credentials and invoices travel there "
            "(plain http is accepted on this machine only)",
            key=key,
        )
    if url.username or url.password:
        raise ConfigError(f"{key} must not hold credentials", key=key)
    return address
