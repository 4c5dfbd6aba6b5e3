"""The Alembic history of Kingpost's own components, one folder each. It holds revisions; ``adapters.sql.migrate`` runs them."""
