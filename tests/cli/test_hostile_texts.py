"""Names, numbers and messages made to harm: no command passes a control sequence, markup or a path on to anybody."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest

from pdp_bridge.cli.line import LONGEST_STEM, file_stem, saved
from pdp_bridge.sandbox.statuses import Detail

HOSTILE = "\x1b]0;gone\x07\x1b[2J[bold red]X[/][link=https://x]y[/link]\u202e\x9b31m\x7f\r{0}%s"
NUMBERS = ("../../etc/passwd", "CON", "A/B\\C", "9" * 300, "N\x00UL", HOSTILE, "-rf", "~", ".", "aux.2026")


@pytest.fixture
def hostile(sandbox):
    """The demo's firm, its customers and texts renamed; ten of its invoices renumbered."""
    firm = sandbox.facturation_pro
    for customer in firm.records("customers"):
        firm.edit_customer(customer["id"], company_name=f"{customer['company_name']} {HOSTILE}", city=HOSTILE)
    invoices = firm.records("invoices")
    for invoice in invoices:
        firm.edit_invoice(invoice["id"], title=HOSTILE, information=HOSTILE)
    for invoice, number in zip(invoices[5:], NUMBERS, strict=False):
        firm.edit_invoice(invoice["id"], full_invoice_ref=number)
    items = [{**item, "title": f"{item['title']} [bold]b[/] {{0}}"} for item in invoices[0]["items"]]
    for invoice in invoices[:5]:  # these can be sent: what no invoice may hold is taken out again
        firm.edit_invoice(invoice["id"], title="[bold]t[/]", information=None)
        firm.edit_customer(invoice["customer_id"], company_name="Société [bold red]X[/]", city="Paris")
    firm.edit_invoice(invoices[0]["id"], items=items)
    return sandbox


def harmless(ran, *command):
    told = ran.out + ran.err
    bad = {character for character in told if not (character.isprintable() or character in "\n\u00a0\u202f")}
    assert bad == set(), (command, bad)
    return told


def test_no_command_passes_it_on(cli, hostile, folder):
    evil = folder / f"x{HOSTILE.replace('/', '_')}.xml"
    evil.write_text(f"<a>{HOSTILE.translate(dict.fromkeys(range(32)))}</a>", encoding="utf-8")
    told = [harmless(cli("plan"), "plan"), harmless(cli("run"), "run")]
    sent = next(iter(hostile.iopole.deposits)).id
    hostile.iopole.emit(sent, "REFUSED", Detail(reason=HOSTILE, message=HOSTILE))
    hostile.advance(5)
    told.append(harmless(cli("sync"), "sync"))
    entries = json.loads(cli("status", "--json").out)
    assert {entry["state"] for entry in entries} >= {"sent", "refused"}
    (refused,) = (entry["number"] for entry in entries if entry["submission_id"] == sent)
    commands = [
        ("pull",),
        ("plan",),
        ("run",),
        ("sync",),
        ("status",),
        ("status", *(entry["number"] for entry in entries if entry["number"] != "-rf")),
        ("status", HOSTILE),
        ("history", refused),
        ("history", refused, "--refresh"),
        ("render", "--all", "-o", "out"),
        ("audit", "--period", "2026", "--csv", "audit.csv"),
        ("explain", HOSTILE),
        ("validate", evil),
        ("send", HOSTILE),
        ("rehearse", "--pack", HOSTILE),
        ("settings", "--config", HOSTILE),
        ("doctor",),
    ]
    lines = [[*command, *extra] for command in commands for extra in ((), ("--json",), ("--lang", "fr"))]
    told.extend(harmless(cli(*line), *line) for line in lines)
    everything = "".join(told)
    assert "[bold red]X[/]" in everything, "markup is shown, not obeyed"
    assert r"\u202e" in everything, "JSON keeps what it says, escaped"
    assert {path.parent for path in (folder / "out").rglob("*")} == {folder / "out"}
    csv = b"".join(path.read_bytes() for path in folder.glob("audit*.csv"))
    assert b"\x1b" not in csv
    assert b"[bold red]X[/]" in csv


def test_what_is_left_behind_is_for_its_owner(cli, hostile, folder):
    before = os.umask(0o022)
    try:
        cli("run")
        cli("plan")
        cli("render", "--all", "-o", "out")
        data = folder / "data"
        rights = {path: stat.S_IMODE(path.stat().st_mode) for path in (data, *data.rglob("*"))}
        assert {oct(mode) for path, mode in rights.items() if path.is_dir()} == {"0o700"}
        assert {path.name: oct(mode) for path, mode in rights.items() if path.is_file() and mode & 0o077} == {}
        assert {path.name for path in data.iterdir()} >= {"journal.db"}
        os.umask(0o077)
        assert stat.S_IMODE(saved(folder, "1", b"%PDF").stat().st_mode) == 0o600
    finally:
        os.umask(before)


@pytest.mark.parametrize("number", [*NUMBERS, "", "\ud800", "é" * 400, "..", "a\nb", "LPT1", "com9.tar.gz", "$(id)"])
def test_any_number_is_a_file_in_its_folder(tmp_path, number):
    path = saved(tmp_path / ".", number, b"%PDF")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    stem = path.name.removesuffix(".pdf")
    assert len(stem) <= LONGEST_STEM + 7
    assert stem.partition(".")[0].upper() not in {"CON", "AUX", "NUL", "LPT1", "COM9"}
    assert stem.replace("-", "").replace("_", "").replace("+", "").replace(".", "").isalnum()


def test_long_numbers_do_not_share_a_file():
    assert len({file_stem("9" * 300), file_stem("9" * 299), file_stem("9" * LONGEST_STEM)}) == 3


def test_arguments_that_are_no_text(folder):
    """Bytes that no encoding explains reach us as halves of characters."""
    script = "import sys; from pdp_bridge.cli import main; sys.argv[0] = 'pdp-bridge'; main()"
    for command in (["status"], ["status", "--json"], ["explain"], ["validate"], ["send"], ["audit", "--period"]):
        ran = subprocess.run(
            [sys.executable, "-c", script, *command, b"\xff\xfe"],
            check=False,
            capture_output=True,
            env={"HOME": str(folder), "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert ran.returncode in {1, 2, 3}, (command, ran.stderr)
        assert b"Traceback" not in ran.stderr, (command, ran.stderr)
