"""The readable page: what a person finds on it, in four languages, over one page or many."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from paper_invoices import (
    BUYER,
    FRANCHISE,
    NOTES,
    SELLER,
    credit_note,
    franchise,
    invoice,
    line,
    long_invoice,
    paper,
    two_rates,
)
from PIL import Image
from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from pdp_bridge.document import draft, fonts, logo, page
from pdp_bridge.document.cii import write
from pdp_bridge.document.layout import Ink
from pdp_bridge.errors import DocumentError
from pdp_bridge.model.invoice import (
    Address,
    Attachment,
    Delivery,
    DirectDebit,
    Note,
    Payment,
    Period,
    PrecedingInvoice,
    Row,
    RowKind,
)
from pdp_bridge.model.money import amount
from pdp_bridge.model.page import PageStyle


def sheets(made, style=None) -> list[str]:
    """The text of each page, every kind of blank as one space."""
    reader = PdfReader(paper(made, style))
    return [re.sub(r"\s+", " ", sheet.extract_text()) for sheet in reader.pages]


def text(made, style=None) -> str:
    return " ".join(sheets(made, style))


def contents(made: page.Drawn) -> str:
    """The drawing of every page."""
    return b"".join(made.contents).decode("ascii")


def colour(one: Ink) -> str:
    return f"{one} rg"


def test_a_plain_invoice_shows_what_the_law_asks_for():
    shown = text(invoice(title="Refonte du site"))

    for words in (
        "Facture N° F2026-0042",
        "Date d’émission 05/11/2026",
        "Échéance 05/12/2026",
        "Livraison ou exécution 31/10/2026",
        "Objet : Refonte du site",
        "Atelier Numérique SAS 12 rue de l’Exemple 75011 Paris",
        "SIREN 100 000 009 · SIRET 100 000 009 00009 N° TVA FR88100000009",
        "CLIENT Œuvres & Cœurs SARL Immeuble Le Phare 48 avenue de la République 69003 Lyon",
        "SIREN 200 000 008",
        "N° TVA FR37200000008",
        "Développement d’une application Sprint 4 : écrans de saisie 12,5 h 95,00 20 % 1 187,50",
        "Total HT 1 187,50 €",
        "TVA 20 % 237,50 €",
        "Total TTC 1 425,00 €",
        "Net à payer 1 425,00 €",
        "Moyen de paiement Virement bancaire",
        "IBAN FR76 9999 9000 0100 0012 3456 768",
        "BIC EXMPFRPPXXX",
        "Référence à rappeler F2026-0042",
        "Nature de l’opération : prestations de services.",
        *(note.text for note in NOTES if note.subject != "BAR"),
        "SAS au capital de 10 000 € – RCS Paris 100 000 009",
        "page 1 / 1",
    ):
        assert words in shown
    assert "B2B" not in shown
    assert "débits" not in shown


def test_figures_use_the_no_break_spaces_that_the_font_has():
    shown = PdfReader(paper(invoice())).pages[0].extract_text()

    assert "1\u202f425,00" in shown
    assert fonts.runs("1\u202f425,00\u00a0€", fonts.BOLD) == [(fonts.BOLD, "1\u202f425,00\u00a0€")]


@pytest.mark.parametrize(
    ("code", "language", "title"),
    [
        ("380", "fr", "Facture"),
        ("381", "fr", "Avoir"),
        ("386", "fr", "Facture d’acompte"),
        ("503", "fr", "Avoir sur acompte"),
        ("384", "fr", "Facture rectificative"),
        ("389", "fr", "Facture"),
        ("381", "en", "Credit note"),
        ("386", "es", "Factura de anticipo"),
        ("380", "nl", "Factuur"),
        ("380", "de", "Facture"),
    ],
)
def test_each_type_has_its_title(code, language, title):
    made = invoice(type=code, language=language)
    number = {"fr": "N°", "en": "No.", "es": "N.º", "nl": "Nr."}.get(language, "N°")

    assert f"{title} {number} F2026-0042" in text(made)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("1 425,00 €", "05/11/2026", "20 %", "12,5 h")),
        ("en", ("€1,425.00", "5 November 2026", "20%", "12.5 h")),
        ("es", ("1.425,00 €", "05/11/2026", "20 %", "12,5 h")),
        ("nl", ("€ 1.425,00", "05-11-2026", "20%", "12,5 u")),
    ],
)
def test_figures_follow_the_language(language, words):
    shown = text(invoice(language=language))

    assert [word for word in words if word not in shown] == []


def test_every_language_has_every_word():
    for language in ("fr", "en", "es", "nl"):
        made = replace(two_rates(), language=language, period=Period(start=date(2026, 10, 1)))
        assert "{" not in text(made)


def test_a_credit_note_names_what_it_corrects_and_asks_for_nothing():
    shown = text(credit_note())

    assert "Facture d’origine : F2026-0031 du 02/09/2026" in shown
    assert "Montant à votre crédit 228,00 €" in shown
    assert "Échéance" not in shown
    assert "Net à payer" not in shown
    assert "scannez" not in shown
    dated = text(replace(credit_note(), due_date=date(2026, 12, 5)))
    assert "À votre disposition le 05/12/2026" in dated
    assert "Échéance" not in dated


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("en", "Credit note", "Amount to your credit €228.00"),
        ("es", "Nota de crédito", "Importe a su favor 228,00 €"),
        ("nl", "Creditnota", "Bedrag te uwen gunste € 228,00"),
    ],
)
def test_a_credit_note_is_one_in_every_language(language, title, words):
    shown = text(replace(credit_note(), language=language))

    assert title in shown
    assert words in shown


def test_a_credit_note_has_its_own_colour_whatever_the_accent():
    made = page.draw(credit_note(), PageStyle(accent="#f2e14e"))

    assert colour(draft.CREDIT) in contents(made)
    assert colour(draft.CREDIT) not in contents(page.draw(invoice(), PageStyle(accent="#f2e14e")))


def test_franchise_has_no_vat_column():
    shown = text(franchise())

    assert FRANCHISE in shown
    assert "Désignation Quantité Prix unitaire Montant" in shown
    assert "TVA" not in shown.replace(FRANCHISE, "").replace(f"N° TVA {BUYER.vat_number}", "")


def test_rebates_rates_and_what_was_paid():
    shown = text(two_rates())

    for words in (
        "Total des lignes HT 700,00 €",
        "Remise globale 10 % (TVA 20 %) -50,00 €",
        "Remise globale 10 % (TVA 5,5 %) -20,00 €",
        "Port (TVA 20 %) 12,40 €",
        "20 % 462,40 92,48",
        "5,5 % 180,00 9,90",
        "Déjà réglé -100,00 €",
        "Net à payer 644,78 €",
        "Nature de l’opération : livraison de biens.",
        "Réf. LIV-8877",
    ):
        assert words in shown


def test_reverse_charge_is_always_named():
    made = invoice(line("Conseil", rate="0", category="AE"), reasons={"AE": ("art. 283-2 du CGI", "VATEX-EU-AE")})

    assert text(made).count("Autoliquidation") == 2  # beside the base, and as the mention
    assert "art. 283-2 du CGI" in text(made)


def test_the_option_for_debits_is_said_once():
    mention = "Option pour le paiement de la taxe d’après les débits"
    already = Note(text=mention, subject="AAI")

    assert text(invoice(vat_point="5")).count(mention) == 1
    assert text(invoice(vat_point="5", notes=(*NOTES, already))).count(mention) == 1
    assert mention not in text(invoice(vat_point="5", framework="B1"))


def test_self_billing_is_named():
    assert "Auto-facturation" in text(invoice(type="389"))


def test_references_period_and_delivery_address():
    place = Address(lines=("ZI des Paluds",), postcode="13400", city="Aubagne", country="FR")
    shown = text(
        invoice(
            order_reference="PO-77",
            contract_reference="M-14",
            buyer_reference="SERVICE-9",
            period=Period(start=date(2026, 10, 1), end=date(2026, 10, 31)),
            delivery=Delivery(name="Entrepôt Sud", address=place),
        )
    )

    for words in (
        "Votre commande PO-77",
        "Contrat M-14",
        "Votre référence SERVICE-9",
        "du 01/10/2026 au 31/10/2026",
        "ADRESSE DE LIVRAISON Entrepôt Sud ZI des Paluds 13400 Aubagne",
    ):
        assert words in shown


def test_the_files_inside_are_listed():
    files = (
        Attachment(reference="Bon n° 4.pdf", filename="Bon_n_4.pdf", mime="application/pdf", content=b"%PDF-"),
        Attachment(reference="ailleurs"),
    )

    assert "Pièces jointes : Bon_n_4.pdf" in text(invoice(attachments=files))
    assert "ailleurs" not in text(invoice(attachments=files))
    assert "Attachments: Bon_n_4.pdf" in text(invoice(attachments=files, language="en"))


def test_a_final_invoice_lists_its_deposits():
    deposits = (
        PrecedingInvoice(number="AC-1", issue_date=date(2026, 9, 2)),
        PrecedingInvoice(number="AC-2", issue_date=date(2026, 10, 2)),
    )

    assert "Acomptes facturés : AC-1 du 02/09/2026, AC-2 du 02/10/2026" in text(
        invoice(framework="S4", preceding=deposits)
    )


def _final(language="fr", **more):
    deposits = (PrecedingInvoice(number="AC-1", issue_date=date(2026, 9, 2)), PrecedingInvoice(number="7-2026"))
    lines = (
        line("Refonte du site", price="10000"),
        line("Acompte n°AC-1", "-1", "3000"),
        line("Déjà facturé", "-1", "2000", description="Facture 7-2026"),
        line("Geste commercial", "-1", "500"),
    )
    return invoice(*lines, **{"framework": "S4", "preceding": deposits, "language": language, **more})


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("Total HT avant acomptes 9 500,00 €", "Acomptes déduits HT -5 000,00 €", "Total HT 4 500,00 €")),
        ("en", ("before deposits €9,500.00", "Deposits deducted excl. VAT -€5,000.00", "Total excl. VAT €4,500.00")),
        ("es", ("antes de anticipos 9.500,00 €", "Anticipos deducidos sin IVA -5.000,00 €", "sin IVA 4.500,00 €")),
        ("nl", ("vóór voorschotten € 9.500,00", "Afgetrokken voorschotten excl. btw € -5.000,00", "€ 4.500,00")),
    ],
)
def test_deposits_are_deducted_in_the_totals(language, words):
    shown = text(_final(language))

    assert [word for word in words if word not in shown] == []


def test_deposits_are_no_deduction_on_another_invoice():
    assert "avant acomptes" not in text(_final(framework="S1"))
    assert "avant acomptes" not in text(invoice(framework="S4"))


def test_deposits_of_a_seller_without_vat():
    lines = (line("Cours", price="100", rate="0", category="E"), line("Acompte", "-1", "30", "0", category="E"))
    shown = text(invoice(*lines, framework="S4", reasons={"E": (FRANCHISE, "VATEX-FR-FRANCHISE")}))

    assert "Total avant acomptes 100,00 €" in shown
    assert "Acomptes déduits -30,00 €" in shown


def test_a_direct_debit_shows_the_mandate_and_hides_the_account():
    debit = DirectDebit(mandate="RUM-1", creditor_id="FR12ZZZ123456", debited_iban="FR7699999000010000123456768")
    shown = text(invoice(payment=Payment(means="49", direct_debit=debit)))

    assert "Mandat (RUM) RUM-1" in shown
    assert "FR12ZZZ123456" in shown
    assert "FR76 •••• 6768" in shown
    assert "99999" not in shown


def test_an_invoice_paid_at_issue_says_so():
    shown = text(invoice(framework="S2", paid="1425.00"))

    assert "Réglée le 05/12/2026" in shown
    assert "Facture acquittée" in shown
    assert "Net à payer 0,00 €" in shown


def test_another_currency_shows_the_vat_in_euros():
    made = invoice(currency="USD", vat_currency="EUR")
    made = replace(made, totals=replace(made.totals, vat_total_accounting=amount("219.00")))

    assert "TVA en EUR 219,00 €" in text(made)
    assert "1 425,00 $US" in text(made)


def test_rows_are_printed_in_their_order():
    rows = (
        Row(kind=RowKind.TITLE, text="Lot 1"),
        Row(kind=RowKind.LINE, line=1),
        Row(kind=RowKind.COMMENT, text="Sur site"),
        Row(kind=RowKind.SUBTOTAL, text="Total du lot", amount=amount("200.00")),
        Row(kind=RowKind.LINE, line=0),
        Row(kind=RowKind.SUBSIDY, text="Subvention régionale", amount=amount("50.00")),
    )
    lines = (line("Pose", note="[Lot 1]\nSur site\nNote propre"), line("Dépose", "2"))
    shown = text(invoice(*lines, rows=rows, paid="80.00"))
    order = [
        "Lot 1",
        "Dépose",
        "Sur site",
        "Total du lot 200,00",
        "Pose",
        "Subvention régionale -50,00 €",
        "Déjà réglé -30,00",
    ]

    assert [shown.index(words) for words in order] == sorted(shown.index(words) for words in order)
    assert shown.count("Sur site") == shown.count("Lot 1") == 1
    assert "[" not in shown
    assert "Note propre" in shown


def test_a_note_that_a_row_repeats_stays_in_the_message():
    rows = (Row(kind=RowKind.TITLE, text="Phase 1 – Étude\nsur  site"), Row(kind=RowKind.LINE, line=0))
    made = invoice(line("Étude", note="[Phase 1 – Étude\nsur site]"), rows=rows)

    assert text(made).count("Phase 1 – Étude") == 1
    assert "[Phase 1 – Étude" in write(made).decode()
    assert "[Phase 1 – Étude sur site]" in text(replace(made, rows=()))


def test_a_line_that_no_row_names_is_still_printed():
    made = invoice(line("Première"), line("Oubliée"), rows=(Row(kind=RowKind.LINE, line=0),))

    assert "Oubliée" in text(made)


def test_a_page_break_of_the_seller_starts_a_page():
    rows = (Row(kind=RowKind.LINE, line=0), Row(kind=RowKind.PAGE_BREAK), Row(kind=RowKind.LINE, line=1))
    first, second = sheets(invoice(line("Avant"), line("Après"), rows=rows))

    assert "Avant" in first
    assert "Après" in second
    assert "Désignation" in second


def test_long_invoices_repeat_their_heads_and_count_their_pages():
    shown = sheets(long_invoice(80))

    assert len(shown) > 3
    for number, sheet in enumerate(shown, start=1):
        assert f"page {number} / {len(shown)}" in sheet
        assert "SAS au capital" in sheet
        assert ("Désignation Quantité" in sheet) == ("Prestation " in sheet)
        if number > 1:
            assert "Atelier Numérique SAS Facture F2026-0042 · 05/11/2026" in sheet
    for number in range(1, 81):
        assert sum(f"Prestation {number} Réunion de suivi" in sheet for sheet in shown) == 1


@pytest.mark.parametrize("count", range(8, 30))
def test_the_totals_are_whole_and_never_alone(count):
    (last,) = (sheet for sheet in sheets(long_invoice(count)) if "Net à payer" in sheet)

    assert f"Prestation {count} " in last
    assert "DÉTAIL DE LA TVA" in last
    assert "Total TTC" in last


def test_a_line_longer_than_a_page_is_cut_between_its_lines():
    points = "\n".join(f"Point {number}." for number in range(150))
    shown = sheets(invoice(line("Audit", description=points)))

    assert len(shown) > 2
    assert all(sum(f"Point {number}." in sheet for sheet in shown) == 1 for number in range(150))


def test_a_line_that_fits_on_a_page_is_not_cut():
    points = "\n".join(f"Point {number}." for number in range(40))
    lines = [line(f"Prestation {number}") for number in range(8)]
    shown = sheets(invoice(*lines, line("Audit", description=points)))

    assert sum("Point " in sheet for sheet in shown) == 1


def test_long_names_amounts_and_numbers_find_room():
    name = "Établissement public de coopération intercommunale " * 3
    made = invoice(
        line("Énorme " * 60, "12345.6789", "9876543.21", unit_text="interventions exceptionnelles"),
        number="FACT-2026-2027/0000000000123456789A",
        buyer=replace(BUYER, name=name.strip()),
        seller=replace(SELLER, name=name.strip()),
    )
    shown = text(made)

    assert "FACT-2026-2027/0000000000123456789A" in shown
    assert "interventions exceptionnelles" in shown


@pytest.mark.parametrize("accent", ["#ffffff", "#f2e14e", "#000000"])
def test_letters_on_the_accent_and_on_paper_can_be_read(accent):
    made = draft.Draft.of(invoice(), PageStyle(accent=accent))

    assert abs(_luminance(made.on_accent) - _luminance(made.accent)) > 0.4
    assert _luminance(made.accent_ink) < 0.5


def _luminance(color: Ink) -> float:
    red, green, blue = map(float, color.split())
    return 0.299 * red + 0.587 * green + 0.114 * blue


@pytest.mark.parametrize(("width", "height"), [(1600, 200), (200, 900), (10, 10)])
def test_a_logo_keeps_its_shape_and_its_room(width, height):
    buffer = BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, "PNG")
    shown = logo.picture(buffer.getvalue()).size

    assert shown[0] <= logo.MAX_WIDTH + 0.01
    assert shown[1] <= logo.MAX_HEIGHT + 0.01
    assert shown[0] / shown[1] == pytest.approx(width / height, rel=0.05)


def test_a_thousand_lines_are_all_there():
    shown = sheets(long_invoice(1000))

    assert 40 < len(shown) < 60
    assert f"page 1 / {len(shown)}" in shown[0]
    assert [number for number in range(1, 1001) if sum(f"Prestation {number} " in one for one in shown) != 1] == []
    assert "Prestation 1000 " in shown[-1]
    assert "Net à payer" in shown[-1]


def test_terms_that_need_room_stand_above_the_account():
    words = "45 jours fin de mois, puis par tiers selon l’avenant n° 3 au marché, sauf réserve notifiée par écrit"
    assert f"Conditions {words} Référence à rappeler" in text(invoice(payment_terms=words))


def test_every_european_script_is_written():
    name = "Αθήνα Київ София İstanbul Łódź Đặng Țară Ærø ½ m² → ✓ Ωλή"

    assert name in text(invoice(line(name)))


def test_invisible_characters_are_not_drawn():
    assert "soft-hyphen joined" in text(invoice(line("soft-hyp\u00adhen\u200b joined\ufeff")))
    assert "Équipe" in text(invoice(line("E\u0301quipe")))


@pytest.mark.parametrize(
    ("made", "character", "term"),
    [
        (invoice(line("Crâne 🫀")), "🫀", "BT-153"),
        (invoice(line("Audit", description="서울")), "서", "BT-154"),
        (invoice(buyer=replace(BUYER, name="ܫܠܡܐ")), "ܫ", "BT-44"),
        (invoice(buyer=replace(BUYER, address=Address(lines=("نەمە",), country="FR"))), "ە", "BG-8"),
        (invoice(title="นี่"), "น", "BT-22"),
        (invoice(payment_terms="30 दिन"), "द", "BT-20"),
    ],
)
def test_a_character_that_no_font_has_is_an_error_by_name(made, character, term):
    with pytest.raises(DocumentError) as caught:
        page.draw(made, PageStyle())
    finding = caught.value.finding

    assert finding.rule == "GLYPH_MISSING"
    assert finding.term == term
    assert f"U+{ord(character):04X}" in finding.message
    assert f"U+{ord(character):04X}" in finding.message_fr
    assert finding.field


def test_a_missing_glyph_in_the_operators_footer_is_an_error_too():
    with pytest.raises(DocumentError, match="GLYPH_MISSING"):
        page.draw(invoice(), PageStyle(footer="감사"))


@pytest.mark.parametrize("picture", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"x" * 50, b"<svg/>"])
def test_a_logo_that_is_no_picture_is_refused(picture):
    style = PageStyle(logo=picture)
    if not picture:
        assert page.draw(invoice(), style)
        return
    with pytest.raises(DocumentError, match="LOGO_UNREADABLE"):
        page.draw(invoice(), style)


def test_an_accent_that_is_no_colour_is_refused():
    with pytest.raises(DocumentError, match="ACCENT_INVALID"):
        page.draw(invoice(), PageStyle(accent="bleu nuit"))


def test_a_font_of_the_same_name_in_the_program_around_us_changes_nothing():
    before = page.draw(invoice(), PageStyle())
    pdfmetrics.registerFont(TTFont("guest", BytesIO(fonts._font(fonts.FALLBACK).face._ttf_data)))

    assert page.draw(invoice(), PageStyle()) == before


def test_a_quantity_keeps_all_its_decimals():
    assert "0,3333 h 33,333333 20 % 11,11" in text(invoice(line("Part", "0.3333", "33.333333", net=amount("11.11"))))
    assert Decimal("11.11") == amount("11.11")
