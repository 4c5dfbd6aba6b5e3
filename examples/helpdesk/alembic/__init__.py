"""The Alembic history of the component helpdesk."""
