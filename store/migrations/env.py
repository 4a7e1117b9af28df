"""Alembic's entry point; ``store.engine`` hands over an open connection."""

from alembic import context

from store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller owns the transaction
)
context.run_migrations()
