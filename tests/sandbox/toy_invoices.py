"""A toy message that the sandbox's platform reads and judges in no time, and what clients do with it."""

import ssl
from datetime import date

from lxml import etree

from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.invoice import Address, ElectronicAddress, Invoice, Party, Totals
from pdp_bridge.model.money import amount
from pdp_bridge.model.report import Finding, Layer, Report, Severity
from pdp_bridge.sandbox.iopole import TOKEN_PATH

TLS = ssl.create_default_context()
"""Made once: every new client would otherwise read the certificates again, for http only."""

SELLER = "100004217"
BUYER = "100005016"
DELAY = 60.0
"""Seconds before a verdict: no test waits for one, all of them move the clock."""


def toy(number="FA-1", *, seller=SELLER, buyer=BUYER, mark=""):
    """A message with a number, a seller and a buyer; `mark` makes its bytes different, "wrong" makes it invalid."""
    text = f'<CrossIndustryInvoice number="{number}" seller="{seller}" buyer="{buyer}" mark="{mark}"/>'
    return text.encode()


def read(content):
    try:
        root = etree.fromstring(content)
    except etree.XMLSyntaxError:
        xml = b"" if content.startswith(b"%PDF-") else content
        media_type = MediaType.FACTUR_X if content.startswith(b"%PDF-") else MediaType.CII
        return Document(content=content, xml=xml, media_type=media_type, problem="not a toy message")
    parties = {name: _party(root.get(name)) for name in ("seller", "buyer") if root.get(name)}
    invoice = None
    if len(parties) == 2:
        invoice = Invoice(
            number=root.get("number"),
            issue_date=date(2026, 11, 2),
            type="380",
            currency="EUR",
            lines=(),
            vat_breakdown=(),
            framework="S1",
            totals=Totals(
                lines_total=amount("100"),
                total_without_vat=amount("100"),
                total_with_vat=amount("120"),
                due=amount("120"),
            ),
            **parties,
        )
    return Document(content=content, xml=content, media_type=MediaType.CII, invoice=invoice)


def _party(siren):
    return Party(
        name=f"Maison {siren}",
        siren=siren,
        electronic_address=ElectronicAddress(value=siren, scheme="0225"),
        address=Address(country="FR"),
    )


def judge(document):
    findings = ()
    if b'mark="wrong"' in document.content:
        findings = (
            Finding(
                rule="BR-FR-05",
                severity=Severity.ERROR,
                message="The note PMT is missing.",
                message_fr="La mention PMT est absente.",
                location="/CrossIndustryInvoice",
            ),
            Finding(rule="W-1", severity=Severity.WARNING, message="A remark.", message_fr="Une remarque."),
        )
    layers = (Layer.judged("french", "toy 1", findings),)
    return Report(layers=layers, required=("french",), sha256=document.sha256)


def token(sandbox, client, **changes):
    """Ask for a token as a client should, but for the changes."""
    options = sandbox.platform_options
    form = {
        "grant_type": "client_credentials",
        "client_id": options.client_id,
        "client_secret": options.client_secret,
        **changes,
    }
    return client.post(TOKEN_PATH, data=form)


def send(client, content, filename="facture.xml"):
    """Deposit a file; returns the response."""
    return client.post("/v1/invoice", files={"file": (filename, content, "application/xml")})
