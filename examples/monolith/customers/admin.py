"""Customers in the admin."""

from django.contrib import admin

from customers.models import Address, Customer


class AddressInline(admin.TabularInline):
    model = Address
    extra = 0


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["number", "name", "kind", "discount", "blocked"]
    list_filter = ["kind", "blocked"]
    search_fields = ["number", "name", "email"]
    inlines = [AddressInline]
