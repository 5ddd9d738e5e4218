"""What Alembic runs: the connection is handed in, its transaction stays open for the caller."""

from alembic import context

from speechcorpus.store.models import Base


def run() -> None:
    """Run the revisions that are asked for on the connection that was handed in."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic loads this file; any other import does nothing
    run()
