"""The command `pdp-bridge`: arguments in, text and exit code out; no logic.

The language is chosen first, because the help texts are read when the commands are declared.
"""

from __future__ import annotations

import gc
import sys

from pdp_bridge.cli import words


def main() -> None:
    """Entry point of `pdp-bridge` and of `python -m pdp_bridge`; ends with `SystemExit`."""
    words.choose(words.preferred(sys.argv[1:]))
    gc.disable()  # what is loaded here stays to the end: looking for rubbish among it is an eighth of a short command
    from pdp_bridge.cli.app import app

    gc.freeze()
    gc.enable()
    app(prog_name="pdp-bridge")
