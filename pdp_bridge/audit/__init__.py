"""Completeness, for the accountant: where each invoice number of a period went, and whether the totals agree."""
