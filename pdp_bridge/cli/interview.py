"""The questions of `pdp-bridge init`: each answer is checked at once, nothing is invented.

Legal wordings are proposed, never imposed: the operator accepts or changes each of them (BR-FR-05).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding

from pdp_bridge.cli.outcome import told_problem
from pdp_bridge.cli.screen import safe, styled
from pdp_bridge.cli.words import _
from pdp_bridge.errors import ConfigError
from pdp_bridge.settings import KEYS, Problem, SettingsError, Wrong, phrase, problems_with

WORDINGS = {
    "mentions.recovery_cost": (
        "En cas de retard de paiement, indemnité forfaitaire pour frais de recouvrement\u00a0: 40\u00a0€ "
        "(art. L441-10 et D441-5 du code de commerce)."
    ),
    "mentions.late_payment": (
        "Pénalités de retard\u00a0: trois fois le taux d’intérêt légal, exigibles sans rappel dès le lendemain de la "
        "date d’échéance."
    ),
    "mentions.early_payment": "Pas d’escompte pour paiement anticipé.",
}
"""The usual texts (code de commerce, art. L441-9, L441-10, D441-5): proposals, in French whatever the language."""


LONG = 30
"""A proposal of more characters is shown above its prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `proposal` is taken by Enter; an `optional` one may be left out."""

    key: str
    text: str
    proposal: str = ""
    optional: bool = False


class Interview:
    """Asks on `console`, or, without `ask`, takes what was given and every proposal."""

    def __init__(
        self, given: Mapping[str, str], console: Console, *, ask: bool, known: Collection[str] | None = None
    ) -> None:
        self._given = dict(given)
        self._console = console
        self._ask = ask
        self._known = known or ()  # what the file says for every company: not asked again
        self._several = known is not None
        self._values: dict[str, Any] = {}
        self.accepted: list[str] = []  # keys whose proposal was taken without a person

    def answers(self) -> dict[str, Any]:
        """Every setting that was answered. Raises `ConfigError` for a wrong `--set`, or when answers are missing."""
        if self._ask:
            self._console.print(_("Enter takes what stands in brackets. Nothing is written before the last question."))
        for title, questions in self._parts():
            asked = [question for question in questions() if question.key not in self._known]
            if self._ask and asked:
                self._console.print("\n" + styled("bold", title))
            for question in questions():
                self._put(question)
        for key in [key for key in self._given if key not in self._values]:
            self._values[key] = self._read(key, self._given[key])
        self._check_complete()
        return self._values

    def _check_complete(self) -> None:
        reason = phrase("is missing: give it with --set {key}=…")
        missing = [
            Problem(key=question.key, reason=reason, values={"key": question.key})
            for _title, questions in self._parts()
            for question in questions()
            if not question.optional and question.key not in self._values and question.key not in self._known
        ]
        if missing:
            raise SettingsError(phrase("The settings file was not written:"), missing)

    def _parts(self) -> list[tuple[str, Callable[[], Iterator[Question]]]]:
        """The questions by part; each is made when its turn comes, because some depend on answers."""
        return [
            (_("Where to send"), self._environment),
            (_("The seller"), self._seller),
            (_("Payment"), self._bank),
            (_("Legal wordings"), self._mentions),
            (_("Accounts"), self._accounts),
        ]

    def _environment(self) -> Iterator[Question]:
        yield Question(key="environment", text=_("sandbox or production"), proposal="sandbox")

    def _seller(self) -> Iterator[Question]:
        yield Question(key="seller.name", text=_("Name of the company, as registered"))
        yield Question(key="seller.siren", text=_("SIREN, nine digits"))
        yield Question(key="seller.siret", text=_("SIRET of the establishment that invoices"), optional=True)
        yield Question(key="seller.vat_regime", text=_("VAT regime: normal or franchise"), proposal="normal")
        franchise = self._values.get("seller.vat_regime") == "franchise"
        yield Question(key="seller.vat_number", text=_("VAT number, as assigned to you"), optional=franchise)
        if not franchise:
            debits = _("VAT paid on debits (« option pour les débits »): yes or no")
            yield Question(key="seller.vat_on_debits", text=debits, proposal=_("no"))
        capital = _("Legal form and capital, e.g. SAS au capital de 10 000 €")
        yield Question(key="seller.legal_form", text=capital, optional=True)
        yield Question(key="seller.registration", text=_("Registration, e.g. RCS Paris 123 456 789"), optional=True)
        yield Question(key="seller.address", text=_("Street address; semicolons separate lines, three at most"))
        yield Question(key="seller.postcode", text=_("Postcode"))
        yield Question(key="seller.city", text=_("City"))
        yield Question(key="seller.country", text=_("Country code"), proposal="FR")
        yield Question(key="seller.email", text=_("E-mail address for questions about invoices"))
        yield Question(
            key="seller.default_operation", text=_("You sell: goods, services or mixed"), proposal="services"
        )

    def _bank(self) -> Iterator[Question]:
        yield Question(key="seller.bank.iban", text=_("IBAN on which you are paid"), optional=True)
        if "seller.bank.iban" in self._values:
            yield Question(key="seller.bank.bic", text=_("BIC"), optional=True)
            holder = str(self._values.get("seller.name", ""))
            yield Question(key="seller.bank.holder", text=_("Account holder"), proposal=holder)

    def _mentions(self) -> Iterator[Question]:
        labels = {
            "mentions.recovery_cost": _("Recovery costs (PMT)"),
            "mentions.late_payment": _("Late payment (PMD)"),
            "mentions.early_payment": _("Early payment discount, or its absence (AAB)"),
        }
        for key, label in labels.items():
            yield Question(key=key, text=label, proposal=WORDINGS[key])

    def _accounts(self) -> Iterator[Question]:
        yield Question(key="source.api_id", text=_("Facturation.pro: API identifier"), optional=True)
        yield Question(key="source.firm_id", text=_("Facturation.pro: firm number"), optional=True)
        native = _("Facturation.pro itself sends no e-invoices (switched off there): yes or no")
        yield Question(key="source.native_sending_disabled", text=native, proposal=_("no"))
        yield Question(key="platform.client_id", text=_("Iopole: client identifier"), optional=True)
        if self._several:
            customer = _("Iopole: customer identifier of this company")
            yield Question(key="platform.customer_id", text=customer, optional=True)

    def _put(self, question: Question) -> None:
        if question.key in self._given:
            self._values[question.key] = self._read(question.key, self._given[question.key])
        elif question.key in self._known:
            return
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
        try:
            return self._console.input(self._prompt(question)).strip() or question.proposal
        except EOFError as error:
            raise ConfigError(
                _("The answers ended before the last question: nothing was written. See `pdp-bridge init --help`.")
            ) from error

    def _prompt(self, question: Question) -> str:
        """One line; a long proposal stands above its prompt, to be read."""
        text, proposal = safe(question.text), safe(question.proposal)
        if len(question.proposal) > LONG:
            self._console.print(styled("bold", text))
            self._console.print(Padding(styled("italic", proposal), (0, 0, 0, 2)))
            return "  " + _("Enter accepts; or type your own text:") + " "
        if question.optional:
            text += " " + styled("dim", _("(optional)"))
        elif proposal:
            text += " " + styled("dim", rf"\[{proposal}]")
        return _("{question}:").format(question=text) + " "

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
