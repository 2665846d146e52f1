"""Facturation.pro: `client` speaks HTTP, `mapping` is pure."""
