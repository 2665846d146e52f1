"""Iopole: `auth` holds the token, `client` speaks HTTP, `mapping` is pure."""
