"""Small files beside the journal, for their owner only: read whole, written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

from pdp_bridge.durable import write_whole


def read_json(path: Path) -> object:
    """What the file holds; None when it is absent or damaged."""
    try:
        value: object = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value


def write_json(path: Path, value: object) -> None:
    """Replace the file. Readers see the old one or the new one; a crash leaves one of them. Raises `OSError`."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1).encode())
