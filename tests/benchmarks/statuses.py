"""How long statuses take to come home: one acknowledgement after the other, or several at once.

    python tests/benchmarks/statuses.py --deposits 200 --delay 0.05

Servers in a process of their own answer every request of the platform `--delay` seconds late; each turn synchronises
from a fresh copy of the journal, with the hands that it names, in turns. Seconds, and milliseconds of CPU an event of
the process that synchronises.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from pdp_bridge import Bridge, lifecycle
from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.deposits import Rules
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.iopole import PlatformOptions
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import load

SEEN = "_seen"  # what the operator has marked, at the sandbox


def lenient(document: object) -> Report:
    """A platform that finds nothing wrong."""
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


def serve() -> None:
    """The servers, told by lines: `delay SECONDS`, and `unread`, after which every status is new again."""
    with Sandbox(judge=lenient, platform=PlatformOptions(rules=Rules(verdict_delay_seconds=0.0))) as sandbox:
        print(json.dumps(dict(sandbox.environment())), flush=True)
        for line in sys.stdin:
            word, _, value = line.partition(" ")
            if word == "delay":
                sandbox.iopole_faults.add(Fault(Kind.SLOW, times=None, seconds=float(value)))
            else:
                getattr(sandbox.iopole, SEEN).clear()
            print("done", flush=True)


def measured(deposits: int, delay: float, rounds: int, folder: Path) -> dict[int, list[tuple[float, float, int]]]:
    """By hands: wall seconds, CPU seconds and events of each turn."""
    with subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as servers:

        def tell(line: str) -> None:
            servers.stdin.write(f"{line}\n")
            servers.stdin.flush()
            servers.stdout.readline()

        config = folder / "pdp-bridge.toml"
        config.write_text(demo.settings_text(), "utf-8")
        environ = {**json.loads(servers.stdout.readline()), "PDP_BRIDGE_CONFIG": str(config)}
        with Bridge(load(environ={**environ, "PDP_BRIDGE_DATA": str(folder / "empty")})) as bridge:
            bridge.journal.cursor()  # made, and empty
            for number in range(deposits):
                content = b"<invoice>%d</invoice>" % number  # unacceptable, which is a status as any other
                bridge.platform.send(Document(content=content, xml=content, media_type=MediaType.CII))
        tell(f"delay {delay}")
        found: dict[int, list[tuple[float, float, int]]] = {1: [], lifecycle.HANDS: []}
        for round_ in range(rounds):
            for hands, turns in found.items():
                tell("unread")
                data = folder / f"{hands}-{round_}"
                shutil.copytree(folder / "empty", data)
                lifecycle.HANDS = hands
                with Bridge(load(environ={**environ, "PDP_BRIDGE_DATA": str(data)})) as bridge:
                    wall, cpu = time.perf_counter(), time.process_time()
                    events = bridge.sync().acknowledged
                    turns.append((time.perf_counter() - wall, time.process_time() - cpu, events))
        servers.communicate("")
    return found


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deposits", type=int, default=200)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        serve()
        return
    with tempfile.TemporaryDirectory() as folder:
        found = measured(wanted.deposits, wanted.delay, wanted.rounds, Path(folder))
    for hands, turns in found.items():
        events = turns[0][2]
        seconds, cpu = median(turn[0] for turn in turns), median(turn[1] for turn in turns)
        print(f"{hands} at once: {events} events in {seconds:.1f} s, {1000 * cpu / max(1, events):.2f} ms of CPU each")


if __name__ == "__main__":
    main()
