"""Whether the buyers of a plan can be reached: from what is remembered, and a few questions to the directory.

A plan is for looking, so it waits for nothing: after `QUESTIONS`, or once the directory does not answer, whoever is not
known is counted as not looked up. A run asks for every buyer.
"""

from __future__ import annotations

from pdp_bridge.directory import Directory
from pdp_bridge.errors import FindingError, PlatformError
from pdp_bridge.model.document import Document

QUESTIONS = 50
"""Buyers that one plan asks for: at two requests a second, the half of a minute."""


class Reachability:
    """The buyers of one plan. Without `directory` nobody is looked up, nor counted."""

    def __init__(self, directory: Directory | None) -> None:
        self.unknown = 0  # invoices whose buyer was not looked up
        self._directory = directory
        self._asked = 0
        self._silent = False

    def hindrance(self, document: Document) -> FindingError | None:
        """What the directory has against sending the document today; None when nothing, or nobody knows."""
        if self._directory is None:
            return None
        known = self._directory.knows(document)
        if not known and (self._silent or self._asked >= QUESTIONS):
            self.unknown += 1
            return None
        self._asked += not known
        try:
            self._directory.require(document)
        except FindingError as error:
            return error
        except PlatformError:
            self._silent = True
            self.unknown += 1
        return None
