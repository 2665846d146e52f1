"""The demo's invoices as the source adapter would freeze them."""

from datetime import date

TODAY = date(2026, 11, 20)


def sent(firm):
    """The invoices that are not passed over."""
    return [
        invoice
        for invoice in firm["invoices"]
        if not invoice["draft"] and not invoice["external"] and invoice["invoiced_on"] <= TODAY.isoformat()
    ]


def payload(firm, invoice):
    by_id = {record["id"]: record for record in firm["invoices"]}
    quotes = {quote["id"]: quote for quote in firm["quotes"]}
    kinds = dict.fromkeys(firm["refunds"], "refund") | dict.fromkeys(firm["down_payments"], "down_payment")
    named = [by_id[invoice["refund_id"]]] if invoice["refund_id"] else []
    if invoice["quote_id"]:
        others = quotes[invoice["quote_id"]]["invoice_ids"]
        named = [by_id[key] for key in others if key < invoice["id"]]
    return {
        "firm_id": 4242,
        "invoice": invoice,
        "customer": next(row for row in firm["customers"] if row["id"] == invoice["customer_id"]),
        "kind": kinds.get(invoice["id"], "invoice"),
        "kind_known": True,
        "preceding": [
            {
                "id": record["id"],
                "number": record["full_invoice_ref"],
                "issued_on": record["invoiced_on"],
                "kind": kinds.get(record["id"], "invoice"),
            }
            for record in named
        ],
        "quote": quotes.get(invoice["quote_id"]),
        "pulled_at": "2026-11-20T08:00:00+00:00",
    }
