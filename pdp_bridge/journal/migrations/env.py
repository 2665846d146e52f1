"""Alembic's entry: runs the revisions on the connection, and in the transaction, that `database.py` hands over."""  # noqa: INP001 - a script of Alembic's, not a module

from alembic import context

from pdp_bridge.journal.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
