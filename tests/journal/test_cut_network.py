"""Connections to PostgreSQL whose network is cut: both ends are told to notice within half a minute."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from datetime import UTC, datetime

import postgresql
import psycopg
import pytest
from links import Link
from sqlalchemy import make_url

from pdp_bridge.journal.database import libpq_url
from pdp_bridge.journal.store import SqlJournal


@contextmanager
def reached(url):
    """The same database over TCP: the link, and its URL."""
    address = make_url(url)
    unix = f"{address.query.get('host')}/.s.PGSQL.5432"
    upstream = (address.host, address.port or 5432) if address.host else unix
    with Link(upstream) as link:
        query = {key: value for key, value in address.query.items() if key != "host"}
        yield link, address.set(host="127.0.0.1", port=link.port, query=query).render_as_string(hide_password=False)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="of Linux")
@pytest.mark.parametrize("way", ["journal", "queue"])
def test_a_cut_is_noticed_by_both_ends(way):
    with postgresql.schema() as url, reached(url) as (_, address):
        SqlJournal(address, clock=lambda: datetime.now(UTC)).close()
        with connected(way, address) as connection:
            with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as ours:
                assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 5
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 3
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
            theirs = "SELECT source FROM pg_settings WHERE name IN ('tcp_user_timeout', 'tcp_keepalives_idle')"
            assert {source for (source,) in connection.execute(theirs)} == {"client"}
            assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("5min",)
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
            assert connection.execute("SELECT count(*) FROM invoice").fetchone() == (0,), "the search path of the URL"


@contextmanager
def connected(way, address):
    if way == "queue":
        with psycopg.connect(libpq_url(address)) as connection:
            yield connection
        return
    with SqlJournal(address, clock=lambda: datetime.now(UTC)) as journal, journal.engine.connect() as connection:
        yield connection.connection.driver_connection


def test_what_the_url_says_counts():
    with postgresql.schema() as url:
        address = make_url(url)
        options = f"{address.query['options']} -c idle_in_transaction_session_timeout=7s"
        address = address.update_query_dict({"options": options, "connect_timeout": "3"})
        with psycopg.connect(libpq_url(address.render_as_string(hide_password=False))) as connection:
            assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("7s",)
            assert connection.info.get_parameters()["connect_timeout"] == "3"


def test_what_a_halted_process_held_locked_is_free_again():
    """It stands still in the middle of a transaction; whoever waits for its row goes on when the time is over."""
    with postgresql.journal() as url:
        address = make_url(url)
        options = f"{address.query['options']} -c idle_in_transaction_session_timeout=200"
        halted = libpq_url(address.update_query_dict({"options": options}).render_as_string(hide_password=False))
        with psycopg.connect(halted) as one, psycopg.connect(libpq_url(url)) as other:
            one.execute("INSERT INTO meta VALUES ('1', 'cursor', 'a')")
            other.execute("SET lock_timeout = '10s'")
            other.execute("INSERT INTO meta VALUES ('1', 'cursor', 'b')")
            assert other.execute("SELECT value FROM meta WHERE firm = '1'").fetchone() == ("b",)
            with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
                one.execute("SELECT 1")
            other.rollback()
