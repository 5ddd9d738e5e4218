"""What Alembic runs: the connection is handed in, its transaction stays open for the caller."""

from alembic import context

from speechcorpus.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
