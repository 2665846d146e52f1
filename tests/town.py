"""Two companies of one settings file, with both services over loopback: what the tests of several companies share."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime

from pdp_bridge import Bridge
from pdp_bridge.sandbox import demo
from pdp_bridge.sandbox.facturation_pro import FIRM_ID, SourceOptions
from pdp_bridge.sandbox.iopole import CUSTOMER_ID, PlatformOptions, Tenant
from pdp_bridge.sandbox.server import WAITS, Sandbox
from pdp_bridge.settings import load

AUTUMN = datetime(2026, 11, 20, 9, tzinfo=UTC)
ATELIER, FORGE = "100004217", "200000008"
FORGE_FIRM = 5151
FORGE_CUSTOMER = "0199c0de-0000-7000-8000-000000000051"
FORGE_CLIENT = ("forge@example.fr", "secret-of-the-forge-at-iopole")
NUMBERS = ["2026-101", "2026-102"]

SHARED = """
environment = "sandbox"
data = "journal"

[source]
base_url = "{source}"
api_id = "{api_id}"
api_key = "{api_key}"
user_agent = "pdp_bridge (contact@example.fr)"
rpm = 0

[platform]
base_url = "{platform}"
auth_url = "{platform}"
client_id = "{client_id}"
client_secret = "{client_secret}"
rpm = 0

[timing]
{timing}
[mentions]
recovery_cost = "Indemnité forfaitaire de 40 € pour frais de recouvrement."
late_payment = "Pénalités de retard : trois fois le taux d’intérêt légal."
early_payment = "Pas d’escompte pour paiement anticipé."

"""

COMPANY = """
[company.{key}.seller]
name = "{name}"
siren = "{siren}"
siret = "{siret}"
vat_number = "{vat_number}"
address = ["12 rue de l’Exemple"]
postcode = "75011"
city = "Paris"
email = "{key}@example.fr"
default_operation = "services"

[company.{key}.seller.bank]
iban = "FR7699999000010000123456768"

[company.{key}.source]
firm_id = {firm}

[company.{key}.platform]
customer_id = "{customer}"
{credentials}
"""

OF_ATELIER = {
    "key": "atelier",
    "name": "Atelier Numérique SAS",
    "siren": ATELIER,
    "siret": "10000421700012",
    "vat_number": "FR05100004217",
    "firm": FIRM_ID,
    "customer": CUSTOMER_ID,
    "credentials": "",
}
OF_FORGE = {
    "key": "forge",
    "name": "Forge SARL",
    "siren": FORGE,
    "siret": "20000000800017",
    "vat_number": "FR37200000008",
    "firm": FORGE_FIRM,
    "customer": FORGE_CUSTOMER,
    "credentials": "",
}


class Town:
    """Both services, the settings file of both companies, and bridges whose time is the sandbox's."""

    def __init__(self, sandbox, folder):
        self.sandbox, self.folder = sandbox, folder
        self.config = folder / "pdp-bridge.toml"
        self.write(OF_ATELIER, OF_FORGE)

    def write(self, *companies):
        sandbox, source, platform = self.sandbox, self.sandbox.source_options, self.sandbox.platform_options
        shared = SHARED.format(
            source=sandbox.facturation_pro_url,
            platform=sandbox.iopole_url,
            api_id=source.api_id,
            api_key=source.api_key,
            client_id=platform.client_id,
            client_secret=platform.client_secret,
            timing="".join(f"{key} = {value}\n" for key, value in WAITS.items()),
        )
        text = shared + "".join(COMPANY.format(**company) for company in companies)
        self.config.write_text(text, encoding="utf-8")

    def bridge(self, company):
        return Bridge(
            load(self.config, {}, company=company), clock=self.sandbox.clock, sleep=self.sandbox.clock.advance
        )

    @property
    def deposited(self):
        """Numbers and SIREN at the platform, by customer."""
        return {
            customer: sorted((deposit.number, deposit.siren) for deposit in operator.deposits)
            for customer, operator in self.sandbox.operators.items()
        }


def fill(sandbox, numbers=NUMBERS):
    """The same numbers in both firms: other ids, the same buyer."""
    data = demo.firm(AUTUMN.date())
    for place, firm in enumerate(sandbox.firms.values()):
        firm.load({"customers": data["customers"], "quotes": data["quotes"]})
        for invoice in data["invoices"]:
            if invoice.get("full_invoice_ref") in numbers:
                firm.add_invoice({**deepcopy(invoice), "id": invoice["id"] + 1_000_000 * place})


def started(**platform):
    """A sandbox of two firms and two customers; `origin` and options of the platform may be given."""
    origin = platform.pop("origin", AUTUMN)
    return Sandbox(
        origin=origin,
        source=SourceOptions(more_firms={FORGE_FIRM: "Forge SARL"}),
        platform=PlatformOptions(**{"tenants": (Tenant(customer_id=FORGE_CUSTOMER),), **platform}),
    )


def swapped(key):
    """Both companies, each with the other's value of `key`."""
    return ({**OF_ATELIER, key: OF_FORGE[key]}, {**OF_FORGE, key: OF_ATELIER[key]})


BOTH = {
    CUSTOMER_ID: [(number, ATELIER) for number in NUMBERS],
    FORGE_CUSTOMER: [(number, FORGE) for number in NUMBERS],
}
"""What the platform holds once each company has sent its own."""
