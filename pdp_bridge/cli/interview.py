"""The questions of `pdp-bridge init`: each answer is checked at once, nothing is invented.

Legal wordings are proposed, never imposed: the operator accepts or changes each of them (BR-FR-05).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from pdp_bridge.cli.outcome import told_problem
from pdp_bridge.cli.screen import safe, styled
from pdp_bridge.cli.words import _
from pdp_bridge.errors import ConfigError
from pdp_bridge.settings import KEYS, Problem, SettingsError, Wrong, phrase, problems_with

WORDINGS = {
    "mentions.recovery_cost": (
        "En cas de retard de paiement, indemnité forfaitaire pour frais de recouvrement : 40 € "
        "(art. L441-10 et D441-5 du code de commerce)."
    ),
    "mentions.late_payment": (
        "Pénalités de retard : trois fois le taux d’intérêt légal, exigibles sans rappel dès le lendemain de la date "
        "d’échéance."
    ),
    "mentions.early_payment": "Pas d’escompte pour paiement anticipé.",
}
"""The usual texts (code de commerce, art. L441-9, L441-10, D441-5): proposals, in French whatever the language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `proposal` is taken by Enter; an `optional` one may be left out."""

    key: str
    text: str
    proposal: str = ""
    optional: bool = False


class Interview:
    """Asks on `console`, or, without `ask`, takes what was given and every proposal."""

    def __init__(self, given: Mapping[str, str], console: Console, *, ask: bool) -> None:
        self._given = dict(given)
        self._console = console
        self._ask = ask
        self._values: dict[str, Any] = {}
        self.accepted: list[str] = []  # keys whose proposal was taken without a person

    def answers(self) -> dict[str, Any]:
        """Every setting that was answered. Raises `ConfigError` for a wrong `--set`, or when answers are missing."""
        if self._ask:
            self._console.print(_("Enter takes what stands in brackets. Nothing is written before the last question."))
        for title, questions in self._parts():
            if self._ask:
                self._console.print(f"\n[bold]{title}[/]")
            for question in questions:
                self._put(question)
        for key in [key for key in self._given if key not in self._values]:
            self._values[key] = self._read(key, self._given[key])
        reason = phrase("is missing: give it with --set {key}=…")
        missing = [
            Problem(key=question.key, reason=reason, values={"key": question.key})
            for _title, questions in self._parts()
            for question in questions
            if not question.optional and question.key not in self._values
        ]
        if missing:
            raise SettingsError(phrase("The settings file was not written:"), missing)
        return self._values

    def _parts(self) -> list[tuple[str, list[Question]]]:
        return [
            (_("Where to send"), [Question(key="environment", text=_("sandbox or production"), proposal="sandbox")]),
            (_("The seller"), self._seller()),
            (_("Payment"), self._bank()),
            (_("Legal wordings"), self._mentions()),
            (_("Accounts"), self._accounts()),
        ]

    def _seller(self) -> list[Question]:
        franchise = self._values.get("seller.vat_regime") == "franchise"
        questions = [
            Question(key="seller.name", text=_("Name of the company, as registered")),
            Question(key="seller.siren", text=_("SIREN, nine digits")),
            Question(key="seller.siret", text=_("SIRET of the establishment that invoices"), optional=True),
            Question(key="seller.vat_regime", text=_("VAT regime: normal or franchise"), proposal="normal"),
            Question(key="seller.vat_number", text=_("VAT number, as assigned to you"), optional=franchise),
            Question(
                key="seller.legal_form",
                text=_("Legal form and capital, e.g. SAS au capital de 10 000 €"),
                optional=True,
            ),
            Question(key="seller.registration", text=_("Registration, e.g. RCS Paris 123 456 789"), optional=True),
            Question(key="seller.address", text=_("Street address; commas separate lines, three at most")),
            Question(key="seller.postcode", text=_("Postcode")),
            Question(key="seller.city", text=_("City")),
            Question(key="seller.country", text=_("Country code"), proposal="FR"),
            Question(key="seller.email", text=_("E-mail address for questions about invoices")),
            Question(key="seller.default_operation", text=_("You sell: goods, services or mixed"), proposal="services"),
        ]
        if not franchise:
            debits = _("VAT paid on debits (« option pour les débits »): yes or no")
            questions.append(Question(key="seller.vat_on_debits", text=debits, proposal=_("no")))
        return questions

    def _bank(self) -> list[Question]:
        questions = [Question(key="seller.bank.iban", text=_("IBAN on which you are paid"), optional=True)]
        if "seller.bank.iban" in self._values:
            holder = str(self._values.get("seller.name", ""))
            questions += [
                Question(key="seller.bank.bic", text=_("BIC"), optional=True),
                Question(key="seller.bank.holder", text=_("Account holder"), proposal=holder),
            ]
        return questions

    def _mentions(self) -> list[Question]:
        labels = {
            "mentions.recovery_cost": _("Recovery costs (PMT)"),
            "mentions.late_payment": _("Late payment (PMD)"),
            "mentions.early_payment": _("Early payment discount, or its absence (AAB)"),
        }
        return [Question(key=key, text=label, proposal=WORDINGS[key]) for key, label in labels.items()]

    def _accounts(self) -> list[Question]:
        return [
            Question(key="source.api_id", text=_("Facturation.pro: API identifier"), optional=True),
            Question(key="source.firm_id", text=_("Facturation.pro: firm number"), optional=True),
            Question(key="platform.client_id", text=_("Iopole: client identifier"), optional=True),
        ]

    def _put(self, question: Question) -> None:
        if question.key in self._given:
            self._values[question.key] = self._read(question.key, self._given[question.key])
        elif self._ask:
            self._put_to_a_person(question)
        elif question.proposal:
            self._values[question.key] = self._read(question.key, question.proposal)
            self.accepted.append(question.key)

    def _put_to_a_person(self, question: Question) -> None:
        while True:
            answer = self._heard(question)
            if not answer and question.optional:
                return
            if not answer:
                self._console.print("  " + styled("red", _("An answer is needed.")))
                continue
            try:
                self._values[question.key] = self._read(question.key, answer)
            except ConfigError as error:
                problem = error.problems[0] if isinstance(error, SettingsError) else error
                self._console.print(f"  [red]{safe(told_problem(problem))}[/]", soft_wrap=True)
            else:
                return

    def _heard(self, question: Question) -> str:
        if question.proposal:
            hint = f" [dim]\\[{safe(question.proposal)}][/]"
        else:
            hint = " " + styled("dim", _("(optional)")) if question.optional else ""
        try:
            answer = self._console.input(f"{safe(question.text)}{hint}: ").strip()
        except EOFError as error:
            raise ConfigError(
                _("The answers ended before the last question: nothing was written. See `pdp-bridge init --help`.")
            ) from error
        return answer or question.proposal

    def _read(self, key: str, text: str) -> Any:
        """The answer as the settings keep it, alone and beside the others. Raises `SettingsError`."""
        said = {"oui": "yes", "o": "yes", "y": "yes", "non": "no", "n": "no"}.get(text.strip().lower(), text)
        try:
            value = KEYS[key].kind.from_text(said if bool in KEYS[key].kind.types else text, Path())
        except Wrong as wrong:
            problem = Problem(key=key, reason=wrong.reason, values=wrong.values)
            raise SettingsError(phrase("The settings file was not written:"), [problem]) from wrong
        beside = {name: list(kept) if isinstance(kept, tuple) else kept for name, kept in self._values.items()}
        beside[key] = list(value) if isinstance(value, tuple) else value
        for problem in problems_with(beside):
            if problem.key == key:
                raise SettingsError(phrase("The settings file was not written:"), [_placeless(problem)])
        return value


def _placeless(problem: Problem) -> Problem:
    return Problem(key=problem.key, reason=problem.reason, values=problem.values)
