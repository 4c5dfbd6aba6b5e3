"""The history of the component outbox."""
