"""The Django models of the component helpdesk, made from its records."""

from kingpost.adapters.django_app.modelling import models_of

from . import COMPONENT

globals().update(models_of(__name__, COMPONENT))
