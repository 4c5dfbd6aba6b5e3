"""The history of the component identity."""
