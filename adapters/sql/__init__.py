"""SQL: the store over SQLite and PostgreSQL. Import from its files until the door is complete."""
