"""The models of the component identity, made from its records. It knows where they come from and adds nothing."""

from kingpost.adapters.django_app.modelling import models_of
from kingpost.kernel.identity import COMPONENT

globals().update(models_of(__name__, COMPONENT))
