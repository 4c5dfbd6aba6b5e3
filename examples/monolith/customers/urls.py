"""Pages about customers."""

from django.urls import path

from customers import views

urlpatterns = [
    path("", views.CustomerList.as_view(), name="customers"),
    path("new/", views.CustomerCreate.as_view(), name="new-customer"),
    path("suggest.json", views.suggest, name="suggest-customers"),
    path("<int:pk>/", views.CustomerDetail.as_view(), name="customer"),
    path("<int:pk>/edit/", views.CustomerUpdate.as_view(), name="edit-customer"),
]
