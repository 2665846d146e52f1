"""Running the statements of every invoice: SQLAlchemy writes each once for a database, then the driver alone runs it.

What SQLAlchemy does around a statement takes several times as long as SQLite takes to run it. The text, the types of
values and columns, the transaction and the errors are SQLAlchemy's here too. Only a statement all of whose values are
named (`prepared.py`) can be run so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Statement = Select[Any] | Insert | Update
Values = Mapping[str, Any]
"""By name: of a column, or of a condition."""

_Processes = tuple[tuple[str, Callable[[Any], Any]], ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement in the words of one database; what the driver does not take, or give, as it is has a process."""

    text: str
    places: tuple[str, ...] | None  # names in the order of their places; None: the driver finds them by name
    given: _Processes
    columns: tuple[str, ...]
    shown: _Processes


def changed(connection: Connection, statement: Statement, values: Values) -> int:
    """How many rows were written. Raises `sqlalchemy.exc.DBAPIError`, such as `IntegrityError`."""
    written: int = _run(connection, _text(connection.dialect, statement, tuple(values)), values).rowcount
    return written


def found(connection: Connection, statement: Statement, values: Values) -> list[dict[str, Any]]:
    """The rows that the statement gives. Raises `sqlalchemy.exc.DBAPIError`, such as `IntegrityError`."""
    made = _text(connection.dialect, statement, tuple(values))
    rows = [dict(zip(made.columns, row, strict=True)) for row in _run(connection, made, values).fetchall()]
    for row in rows:
        for name, process in made.shown:
            row[name] = process(row[name])
    return rows


def _run(connection: Connection, made: _Text, values: Values) -> Any:
    """The driver's cursor."""
    bound = dict(values)
    for name, process in made.given:
        bound[name] = process(bound[name])
    if not connection.in_transaction():
        connection.begin()  # as SQLAlchemy does: SQLite alone would keep at once what nobody commits
    driver: Any = connection.connection.dbapi_connection
    try:
        return driver.execute(made.text, bound if made.places is None else [bound[name] for name in made.places])
    except _errors(connection.dialect) as error:
        raise _as_ever(connection, made.text, error) from error


def _errors(dialect: Dialect) -> type[Exception]:
    """What the driver raises."""
    errors: type[Exception] = dialect.loaded_dbapi.Error
    return errors


def _as_ever(connection: Connection, statement: str, error: Exception) -> BaseException:
    """The error that SQLAlchemy makes of the driver's, without the values; a connection that is gone is given up."""
    dialect: Any = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    if gone:
        connection.invalidate(error)
    return DBAPIError.instance(
        statement, None, error, _errors(dialect), connection_invalidated=gone, dialect=dialect, hide_parameters=True
    )


@lru_cache(maxsize=1024)
def _text(dialect: Dialect, statement: Statement, names: tuple[str, ...]) -> _Text:
    made: Any = statement.compile(dialect=dialect, column_keys=list(names))
    columns = [(str(column.key), column.type.dialect_impl(dialect)) for column in statement.exported_columns]
    values = [(str(name), bind.type.dialect_impl(dialect)) for name, bind in made.binds.items()]
    return _Text(
        text=made.string,
        places=None if made.positiontup is None else tuple(made.positiontup),
        given=_needed((name, kind.bind_processor(dialect)) for name, kind in values),
        columns=tuple(name for name, _ in columns),
        shown=_needed((name, kind.result_processor(dialect, None)) for name, kind in columns),
    )


def _needed(processes: Iterable[tuple[str, Callable[[Any], Any] | None]]) -> _Processes:
    return tuple((name, process) for name, process in processes if process is not None)
