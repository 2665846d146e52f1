"""Payment, terms, notes, currency: facturation-pro.md §3.8 to §3.10, §3.12 and the situations of §6.4 and §6.5."""

from __future__ import annotations

from datetime import date

import pytest
from bills import customer, item, mapped, stopped, warned

from pdp_bridge.model.codes import BillingFramework

EARLIER = {"id": 5, "number": "2026-5", "issued_on": "2026-08-01", "kind": "invoice"}


def settlement(total, paid_on="2026-09-17", mode=3, **over):
    return {"id": 1, "total": total, "paid_on": paid_on, "payment_mode": mode} | over


def figures(invoice):
    paid = invoice.totals.paid
    return (str(paid) if paid is not None else None, str(invoice.totals.due), invoice.framework)


@pytest.mark.parametrize(
    "paid",
    [
        {"paid_on": "2026-09-17", "settlements": [settlement("120.0")]},
        {"paid_on": "2026-09-17", "settlements": []},
        {"paid_on": "2026-09-17", "settlements": None},
        {"paid_on": "2026-09-16", "settlements": [settlement("50.0", "2026-09-10"), settlement("70.0", "2026-09-16")]},
    ],
)
def test_case_117_paid_at_issue(paid):
    invoice = mapped(payment_mode=2, **paid)
    assert figures(invoice) == ("120.00", "0.00", BillingFramework.S2)
    assert invoice.due_date == date.fromisoformat(paid["paid_on"])


@pytest.mark.parametrize("settlements", [[settlement("120.0", "2026-10-12", 4)], [], None])
def test_case_118_paid_later_is_not_paid_at_issue(settlements):
    invoice = mapped(paid_on="2026-10-12", payment_mode=4, balance="0.0", settlements=settlements)
    assert figures(invoice) == (None, "120.00", BillingFramework.S1)
    assert invoice.payment.means == "30"
    assert invoice == mapped()


def test_case_119_half_paid_before_issue():
    invoice = mapped(settlements=[settlement("60.0", "2026-09-10")], balance="60.0")
    assert figures(invoice) == ("60.00", "60.00", BillingFramework.S1)
    assert invoice.due_date == date(2026, 10, 17)


def test_case_119_a_final_invoice_paid_at_issue_stays_framework_4():
    deposit = {"number": "2026-61", "issued_on": "2026-08-20", "kind": "down_payment"}
    lines = [item("1000.0"), item("-300.0", title="Acompte n°2026-61")]
    invoice = mapped(*lines, preceding=[deposit], settlements=[settlement("840.0")])
    assert figures(invoice) == ("840.00", "0.00", BillingFramework.S4)


def test_case_120_settlements_after_issue_are_ignored_whatever_their_keys():
    settlements = [settlement("60.0", "2026-09-10", payement_ref="CHQ 1"), settlement("60.0", "2026-09-18")]
    assert figures(mapped(settlements=settlements, balance="0.0")) == ("60.00", "60.00", BillingFramework.S1)


@pytest.mark.parametrize("total", ["120.01", "500.0"])
def test_case_121_overpaid(total):
    finding = stopped(settlements=[settlement(total)])
    assert finding.rule == "OVERPAID"
    assert total[:3] in finding.message


def test_case_121_settlements_that_were_not_read_are_not_no_settlements():
    assert stopped(settlements=None, balance="60.0").rule == "SETTLEMENTS_MISSING"
    assert mapped(settlements=None, balance="120.0").totals.paid is None
    assert "BALANCE_DIFFERS" in warned(mapped(settlements=[], balance="60.0"))


def test_case_113_precompte():
    assert stopped(precompte=True, balance="110.0").rule == "PRECOMPTE_UNSUPPORTED"
    assert mapped(precompte=True, balance="120.0").totals.paid is None


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (0, "30"),
        (None, "30"),
        (1, "68"),
        (2, "48"),
        (3, "30"),
        (4, "20"),
        (5, "10"),
        (8, "49"),
        (99, "ZZZ"),
        (999, "30"),
    ],
)
def test_case_122_means_of_payment(mode, code):
    payment = mapped(payment_mode=mode).payment
    assert (payment.means, payment.reference) == (code, "2026-12")
    assert (payment.account is not None) == (code == "30")


@pytest.mark.parametrize("mode", [0, 3])
def test_case_122_a_transfer_needs_an_account(mode):
    assert mapped(payment_mode=mode, adjust={"bank": None}).payment is None


def test_case_123_direct_debit():
    known = customer(sepa_rum="RUM-1", sepa_iban="FR76 9999 9000 0100 0012 3456 768")
    debit = mapped(payment_mode=8, buyer=known).payment.direct_debit
    assert (debit.mandate, debit.creditor_id, debit.debited_iban) == (
        "RUM-1",
        "FR00ZZZ000001",
        "FR7699999000010000123456768",
    )
    assert mapped(payment_mode=8).payment.direct_debit is None
    masked = customer(sepa_rum="RUM-1", sepa_iban="FR76 **** 768")
    assert mapped(payment_mode=8, buyer=masked).payment.direct_debit.debited_iban is None


def test_case_124_two_means_become_the_usual_one():
    two = [settlement("60.0", mode=2), settlement("60.0", mode=4)]
    assert mapped(settlements=two).payment.means == "30"
    assert mapped(settlements=[settlement("60.0", mode=2)] * 2).payment.means == "48"


@pytest.mark.parametrize(
    ("given", "due"),
    [
        ({"term_on": None, "pay_before": "30fm10"}, date(2026, 11, 10)),
        ({"term_on": "2026-11-05", "pay_before": "custom7"}, date(2026, 11, 5)),
        ({"term_on": None, "pay_before": "custom7"}, None),
        ({"term_on": None, "pay_before": "30", "delivery_on": "2026-09-20"}, date(2026, 10, 20)),
    ],
)
def test_case_125_due_dates(given, due):
    invoice = mapped(**given)
    assert invoice.due_date == due
    assert invoice.payment_terms
    assert not invoice.remarks


def test_case_125_a_different_due_date_is_kept():
    invoice = mapped(term_on="2026-10-30")
    assert invoice.due_date == date(2026, 10, 30)
    assert "DUE_DATE_DIFFERS" in warned(invoice)


def test_case_125_neither_date_nor_terms():
    assert stopped(term_on=None, pay_before=None).rule == "DUE_DATE_MISSING"


def test_case_125_due_before_issue():
    assert stopped(term_on="2026-09-16").rule == "DUE_DATE_BEFORE_ISSUE"
    assert mapped(term_on="2026-09-17", pay_before="0").due_date == date(2026, 9, 17)
    clamped = mapped(term_on="2026-09-16", adjust={"policy": {"clamp_due_date": True}})
    assert clamped.due_date == clamped.issue_date
    assert "DUE_DATE_CLAMPED" in warned(clamped)
    assert mapped(term_on="2026-09-16", kind="down_payment").due_date == date(2026, 9, 16)


def test_case_126_the_month_ends_after_the_days():
    assert mapped(invoiced_on="2013-07-29", term_on=None, pay_before="60fm").due_date == date(2013, 9, 30)


def test_a_credit_note_has_no_means_of_payment_and_was_not_paid():
    invoice = mapped(
        item("-100.0"), refund_id=5, preceding=[EARLIER], paid_on="2026-09-17", payment_mode=90, term_on=None
    )
    assert invoice.payment is None
    assert figures(invoice) == (None, "120.00", BillingFramework.S1)
    assert invoice.due_date == invoice.issue_date
    assert invoice.payment_terms is None


def test_case_127_the_rates_of_the_invoice_make_the_notes():
    invoice = mapped(discount="2.0", penalty="12.5")
    assert invoice.note("AAB") == "Escompte de 2\u00a0% pour paiement anticipé."
    assert invoice.note("PMD") == "Pénalités de retard : 12,5\u00a0% par an."
    assert invoice.payment_terms.endswith("Escompte de 2\u00a0% pour paiement anticipé.")
    english = mapped(discount="2.0", penalty="12.5", language="en")
    assert english.note("PMD") == "Late payment interest: 12.5% per year."


@pytest.mark.parametrize("zero", ["0.0", None, "", 0, "-2.0"])
def test_case_127_a_rate_of_zero_is_no_rate(zero):
    invoice = mapped(discount=zero, penalty=zero)
    assert invoice.note("AAB") == "Pas d’escompte pour paiement anticipé."
    assert invoice.note("PMD").startswith("Pénalités de retard : trois fois")


@pytest.mark.parametrize("subject", ["PMT", "PMD", "AAB", "BAR"])
@pytest.mark.parametrize("given", [{}, {"discount": "2.0", "penalty": "3.0"}])
def test_case_127_each_legal_note_exactly_once(subject, given):
    assert [note.subject for note in mapped(**given).notes].count(subject) == 1


@pytest.mark.parametrize(
    ("key", "rate"), [("recovery_cost", None), ("late_payment", "penalty"), ("early_payment", "discount")]
)
@pytest.mark.parametrize("empty", ["", "  "])
def test_case_127_a_legal_text_is_never_invented(key, rate, empty):
    adjust = {"mentions": {key: empty}}
    finding = stopped(adjust=adjust)
    assert (finding.rule, finding.field) == ("MENTION_MISSING", f"mentions.{key}")
    if rate:
        assert mapped(adjust=adjust, **{rate: "2.0"})


def test_the_notes_come_in_one_order():
    invoice = mapped(
        title="Objet",
        information="Texte libre",
        activity_title="Activité",
        service_personne=True,
        quote={"quote_ref": "D-1", "invoice_ids": []},
        seller="debits",
        adjust={"default_operation": "services"},
    )
    assert [note.text for note in invoice.notes if note.subject == "AAI"] == [
        "Objet",
        "Texte libre",
        "Devis n°\u00a0D-1",
        "Activité",
        "Services à la personne",
        "Option pour le paiement de la taxe d’après les débits",
        "Assurance décennale Garantie Exemple, 1 place du Marché, 49000 Angers ; couverture : France métropolitaine.",
    ]
    assert [note.subject for note in invoice.notes][-1] == "BAR"


@pytest.mark.parametrize("text", ["{{ facture.total }}", "{% if x %}", "Abonnement de %{mois}"])
def test_a_template_that_was_not_filled_in_is_left_out(text):
    invoice = mapped(information=text)
    assert "TEMPLATE_PLACEHOLDER" in warned(invoice)
    assert invoice.note("AAI") is None


@pytest.mark.parametrize(("told", "language"), [("en", "en"), ("EN", "en"), (None, "fr"), ("it", "fr"), ("nl", "nl")])
def test_the_language_of_the_page(told, language):
    assert mapped(language=told).language == language


def test_the_order_number_and_the_delivery_date():
    invoice = mapped(purchase_number=" BC 12 ", delivery_on="2026-09-10")
    assert invoice.order_reference == "BC 12"
    assert invoice.delivery.date == date(2026, 9, 10)
    assert mapped(purchase_number="").order_reference is None
    assert mapped().delivery is None


def test_an_intra_community_supply_says_when_and_to_which_country():
    given = {"buyer": customer(vat_number="IE6388047V"), "vat_exemption": "art. 262 ter I du CGI"}
    assert stopped(item(vat="0.0"), **given).rule == "DELIVERY_DATE_MISSING"
    delivery = mapped(item(vat="0.0"), delivery_on="2026-09-10", **given).delivery
    assert (delivery.date, delivery.address.country) == (date(2026, 9, 10), "IE")
    greek = given | {"buyer": customer(vat_number="EL094259216")}
    assert mapped(item(vat="0.0"), delivery_on="2026-09-10", **greek).delivery.address.country == "GR"


@pytest.mark.parametrize("rate", ["0.92", "1.08696", None])
def test_case_115_vat_in_euros_whatever_the_direction_of_the_rate(rate):
    invoice = mapped(item("1000.0"), currency="USD", exchange_rate=rate, estimated_total_in_main_currency=1104)
    assert (invoice.currency, invoice.vat_currency) == ("USD", "EUR")
    assert str(invoice.totals.vat_total) == "200.00"
    assert str(invoice.totals.vat_total_accounting) == "184.00"


def test_case_115_the_rate_alone_is_not_enough_and_must_agree():
    assert stopped(currency="USD", exchange_rate="0.92").rule == "EXCHANGE_RATE_MISSING"
    disagree = stopped(currency="USD", exchange_rate="0.5", estimated_total_in_main_currency="110.4")
    assert disagree.rule == "EXCHANGE_RATE_MISSING"
    assert "EXCHANGE_RATE_ESTIMATED" in warned(
        mapped(currency="USD", estimated_total_in_main_currency="110.4", estimated_rate=True)
    )


@pytest.mark.parametrize("currency", ["BTC", "HRK", "BGN", "MRO", "VEF", "ANG", "SLL", "CUC", "EURO", "€", "XYZ"])
def test_case_115_currencies_the_standard_does_not_take(currency):
    assert stopped(currency=currency).rule == "CURRENCY_UNSUPPORTED"


def test_case_115_yen_are_whole():
    yen = {"currency": "JPY", "estimated_total_in_main_currency": "7.3"}
    assert stopped(item("1000.5"), **yen).rule == "CURRENCY_UNSUPPORTED"
    assert mapped(item("1000.0"), **yen).totals.vat_total_accounting is not None


def test_case_116_one_dollar_for_one_euro_is_suspicious():
    invoice = mapped(currency="USD", exchange_rate="1.0", estimated_total_in_main_currency="120.0")
    assert "EXCHANGE_RATE_SUSPICIOUS" in warned(invoice)


def test_euros_need_no_rate():
    invoice = mapped(currency=None, exchange_rate="1.0")
    assert (invoice.currency, invoice.vat_currency, invoice.totals.vat_total_accounting) == ("EUR", None, None)


@pytest.mark.parametrize("exempt", ["Exonération art. 261-4-4° du CGI", "Hors champ de la TVA"])
def test_what_needs_no_e_invoice_is_held_unless_the_operator_opted_in(exempt):
    assert stopped(item(vat="0.0"), vat_exemption=exempt).rule == "NOT_E_INVOICED"
    assert mapped(item(vat="0.0"), vat_exemption=exempt, adjust={"policy": {"send_exempt": True}})
    if exempt.startswith("Exo"):
        assert mapped(item(vat="0.0"), item(), vat_exemption=exempt)
