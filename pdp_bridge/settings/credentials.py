"""Where a secret is taken from: said directly, from a file, or from the keyring of the operating system.

The environment is stronger than the settings file; what is said directly is stronger than what is only named.
"""

from __future__ import annotations

from pathlib import Path

from pdp_bridge.settings.company_tables import is_own
from pdp_bridge.settings.gathered import DEFAULT, Gathered
from pdp_bridge.settings.keys import KEYS
from pdp_bridge.settings.problems import Wrong
from pdp_bridge.settings.secret import Secret


def take_secret(gathered: Gathered, name: str) -> None:
    """The secret `name` from the place that `…_file` or `…_keyring` names, unless it was given as strongly itself."""
    for named, read in ((f"{name}_file", _of_file), (f"{name}_keyring", _of_keyring)):
        place = gathered.get(named)
        if place is None or (name in gathered.values and _strength(gathered, name) >= _strength(gathered, named)):
            continue
        try:
            text = read(place)
        except Wrong as wrong:
            gathered.complain(named, wrong.reason, **wrong.values)
        else:
            gathered.keep(KEYS[name], Secret(text), f"{place} ({gathered.origins[named]})")


def _of_file(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:  # the latter: no text, or no name that a file can have
        raise Wrong("names a file that cannot be read: {path}", path=path) from error
    if not text:
        raise Wrong("names an empty file: {path}", path=path)
    return text


def _of_keyring(place: str) -> str:
    """`service/name`: the entry of that name. Its library is asked for only where somebody uses it."""
    service, _, name = place.partition("/")
    try:
        import keyring  # noqa: PLC0415 - an extra, for those who keep a secret there
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise Wrong("needs the library of keyrings: pip install 'pdp_bridge[keyring]'") from error
    try:
        text = keyring.get_password(service, name)
    except KeyringError as error:
        raise Wrong("names an entry of a keyring that cannot be opened: {kind}", kind=type(error).__name__) from error
    if not text or not text.strip():
        raise Wrong("names no entry of the keyring: {place}", place=place)
    return text.strip()


def _strength(gathered: Gathered, name: str) -> int:
    origin = gathered.origins.get(name, DEFAULT)
    if origin == "argument":
        return 3
    return 2 if is_own(origin) else int(origin.startswith("environment "))
