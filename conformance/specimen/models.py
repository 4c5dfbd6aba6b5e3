"""The Django models of specimens, made from their records. It knows where they come from and adds nothing."""

from kingpost.adapters.django_app.modelling import models_of

from . import COMPONENT

globals().update(models_of(__name__, COMPONENT))
