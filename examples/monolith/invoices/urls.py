"""Invoices."""

from django.urls import path

from invoices import views

urlpatterns = [
    path("", views.InvoiceList.as_view(), name="invoices"),
    path("export.csv", views.export, name="export-invoices"),
    path("<int:pk>/", views.InvoiceDetail.as_view(), name="invoice"),
    path("<int:pk>/issue/", views.issue, name="issue-invoice"),
]
