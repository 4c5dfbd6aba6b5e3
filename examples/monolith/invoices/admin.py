"""Invoices and payments in the admin; an issued invoice is not changed there."""

from django.contrib import admin

from invoices.models import Invoice, InvoiceLine, Payment


class LineInline(admin.TabularInline):
    model = InvoiceLine
    extra = 1


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    list_display = ["__str__", "customer", "branch", "status", "due_on"]
    list_filter = ["status", "branch"]
    list_select_related = ["customer", "branch"]
    autocomplete_fields = ["customer"]
    inlines = [LineInline]

    def has_change_permission(self, request, obj=None):
        return (obj is None or obj.status == Invoice.Status.DRAFT) and super().has_change_permission(request, obj)


admin.site.register(Payment, list_display=["invoice", "amount", "received_on"], list_select_related=["invoice__customer"])
