"""Branches and employees in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from staff.models import Branch, Employee

admin.site.register(Branch, list_display=["code", "name", "city"])


@admin.register(Employee)
class EmployeeAdmin(UserAdmin):
    """Django's own, with the branch."""

    list_display = ["username", "last_name", "branch", "is_active"]
    list_select_related = ["branch"]
    fieldsets = [*UserAdmin.fieldsets, ("Workshop", {"fields": ["branch", "phone"]})]
