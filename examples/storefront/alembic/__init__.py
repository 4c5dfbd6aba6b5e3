"""The history of the storefront."""
