"""Frees the properties of this folder from the wall clock; it knows no subject."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)  # a busy machine is no counterexample
settings.load_profile("no deadline")
