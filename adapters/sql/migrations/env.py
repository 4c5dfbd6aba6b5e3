"""Alembic's entry: runs the steps it is given on the connection it is given. It opens nothing and decides nothing.

``adapters.sql.migrate`` sets ``connection`` and ``metadata`` in the configuration's attributes. For a history of your own beside Kingpost's, see
``adapters.sql.host_env``.
"""

from alembic import context

from kingpost.adapters.sql.comparison import OPTIONS

if __name__ == "env_py":  # as Alembic calls it; imported under another name it does nothing
    attributes = context.config.attributes
    context.configure(connection=attributes["connection"], target_metadata=attributes.get("metadata"), **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()
