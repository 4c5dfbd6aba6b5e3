"""The history of the component tenancy."""
