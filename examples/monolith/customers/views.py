"""Pages about customers, and the suggestions of the search field."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import JsonResponse
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from customers.models import Customer


class CustomerList(ListView):
    paginate_by = 50

    def get_queryset(self):
        return Customer.objects.search(self.request.GET.get("q", "").strip())


class CustomerDetail(DetailView):
    queryset = Customer.objects.prefetch_related("addresses", "quotes__lines")


class CustomerForm(PermissionRequiredMixin):
    """What the forms for a new and for a known customer share."""

    model = Customer
    fields = ["number", "name", "kind", "email", "discount"]
    raise_exception = True


class CustomerCreate(CustomerForm, CreateView):
    permission_required = "customers.add_customer"


class CustomerUpdate(CustomerForm, UpdateView):
    permission_required = "customers.change_customer"


def suggest(request):
    """At most ten customers that a text may mean, as JSON."""
    text = request.GET.get("q", "").strip()
    found = Customer.objects.search(text).filter(blocked=False)[:10] if text else []
    return JsonResponse({"customers": [{"id": each.pk, "text": str(each)} for each in found]})
