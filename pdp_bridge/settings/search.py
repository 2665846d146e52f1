"""Which TOML file is read, and what stands in it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdp_bridge.settings.problems import Problem, SettingsError, phrase

FILE_NAME = "pdp-bridge.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The file that is read, or None with the places that were searched."""

    path: Path | None
    searched: tuple[Path, ...]


def config_file(argument: Path | None, environ: Mapping[str, str]) -> Found:
    """Argument, `PDP_BRIDGE_CONFIG`, the present folder, the user's configuration folder (XDG), in that order.

    Raises `SettingsError` when a file that was named does not exist.
    """
    named = argument or (Path(environ["PDP_BRIDGE_CONFIG"]) if environ.get("PDP_BRIDGE_CONFIG") else None)
    if named is not None:
        path = named.expanduser()
        if not path.is_file():
            place = "--config" if argument else "PDP_BRIDGE_CONFIG"
            problem = Problem(key=place, reason=phrase("names no file: {path}"), values={"path": path})
            raise SettingsError(phrase("The settings file cannot be read:"), [problem])
        return Found(path=path, searched=(path,))
    places = (Path(FILE_NAME), user_folder(environ, "XDG_CONFIG_HOME", ".config") / FILE_NAME)
    return Found(path=next((path for path in places if path.is_file()), None), searched=places)


def user_folder(environ: Mapping[str, str], variable: str, default: str) -> Path:
    """A folder of the XDG Base Directory specification 0.8; a relative value of the variable is ignored, as it says."""
    given = Path(environ.get(variable, ""))
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return (given if given.is_absolute() else home / default) / "pdp-bridge"


def content(path: Path) -> dict[str, Any]:
    """The TOML file, parsed. Raises `SettingsError`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        detail = error.strerror if isinstance(error, OSError) else phrase("it is not UTF-8 text")
        problem = Problem(key=str(path), reason=phrase("cannot be opened: {detail}"), values={"detail": detail})
        raise SettingsError(phrase("The settings file cannot be read:"), [problem]) from error
    except (ValueError, RecursionError) as error:  # also a number, or a nesting, beyond all reason
        problem = Problem(key=str(path), reason=phrase("is not valid TOML: {detail}"), values={"detail": error})
        raise SettingsError(phrase("The settings file cannot be read:"), [problem]) from error
