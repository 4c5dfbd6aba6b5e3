"""A host's own app beside Kingpost: its tables, and a foreign key to a tenant. It knows nothing of the kernel."""
