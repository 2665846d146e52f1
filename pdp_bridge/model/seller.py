"""What the operator says once about the seller: the source's API knows nothing usable of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from pdp_bridge.model.codes import Operation
from pdp_bridge.model.invoice import BankAccount, Party


class VatRegime(StrEnum):
    """`franchise`: franchise en base, art. 293 B du CGI, no VAT on any invoice."""

    NORMAL = "normal"
    FRANCHISE = "franchise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Legal texts in the operator's own words; never invented. Empty means: not given (BR-FR-05)."""

    recovery_cost: str = ""  # PMT
    late_payment: str = ""  # PMD
    early_payment: str = ""  # AAB
    extra: tuple[str, ...] = ()  # further mentions printed and written as AAI notes, e.g. a ten-year insurance


EXTRA_TAXES: Mapping[str, str] = MappingProxyType(
    {
        "inside_with_vat": "T1",
        "beside_without_vat": "T2",
        "beside_with_vat": "T3",
        "inside_without_vat": "T4",
    }
)
"""Is the extra tax inside the printed total without VAT, and does it bear VAT? → the hypothesis of `model.sharing`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Choices of the operator where the source leaves one."""

    go_live: str | None = None  # ISO date; invoices issued before are not ours
    strict_units: bool = False  # an unknown unit is an error instead of a warning
    clamp_due_date: bool = False  # a due date before the issue date becomes the issue date, with a warning
    relaxed_rounding: bool = False  # accept a source that rounds VAT line by line
    extra_tax: str | None = None  # what the extra tax (tax_percent) is: see EXTRA_TAXES; None: found from the totals
    millilitre: bool = False  # "ml" is a millilitre; otherwise a linear metre
    exemptions: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # text → (category, VATEX code)
    public_buyers: frozenset[str] = frozenset()  # SIREN of further public bodies
    consumers_with_siret: bool = False  # a customer marked private who has a SIRET is a private person all the same
    send_exempt: bool = False  # send invoices wholly exempt by CGI 261 to 261 E or outside VAT, which need not be
    attach_files: bool = False  # the files marked visible in the source travel inside the invoice (BG-24)
    buyer_reference_field: str | None = None  # customer field that holds BT-10, a public buyer's service code
    contract_field: str | None = None  # customer field that holds BT-12
    directory_check: bool = True  # the buyer is looked up in the directory before sending, the seller once a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The seller, complete: BG-4, BG-16 and the choices that the law leaves to it."""

    party: Party  # BG-4
    bank: BankAccount | None = None  # BG-17
    creditor_id: str | None = None  # BT-90, identifiant créancier SEPA
    vat_regime: VatRegime = VatRegime.NORMAL
    vat_on_debits: bool = False  # option pour le paiement de la TVA d'après les débits
    default_operation: Operation | None = None
    mentions: Mentions = field(default_factory=Mentions)
    policy: Policy = field(default_factory=Policy)
    franchise_text: str = "TVA non applicable, art. 293 B du CGI"  # BT-120
