"""Quotes and work orders in the admin."""

from django.contrib import admin

from orders.models import Quote, QuoteLine, WorkOrder


class QuoteLineInline(admin.TabularInline):
    model = QuoteLine
    extra = 1


@admin.register(Quote)
class QuoteAdmin(admin.ModelAdmin):
    list_display = ["title", "customer", "branch", "status", "valid_until"]
    list_filter = ["status", "branch"]
    list_select_related = ["customer", "branch"]
    autocomplete_fields = ["customer"]
    inlines = [QuoteLineInline]


@admin.register(WorkOrder)
class WorkOrderAdmin(admin.ModelAdmin):
    list_display = ["quote", "branch", "status", "due", "joiner"]
    list_filter = ["status", "branch"]
    list_select_related = ["quote", "branch", "joiner"]
    readonly_fields = ["quote", "status"]
