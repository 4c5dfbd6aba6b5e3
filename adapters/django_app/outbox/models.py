"""The models of the component outbox, made from its records. It knows where they come from and adds nothing."""

from kingpost.adapters.django_app.modelling import models_of
from kingpost.kernel.outbox import COMPONENT

globals().update(models_of(__name__, COMPONENT))
