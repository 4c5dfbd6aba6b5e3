"""The history of the ledger."""
