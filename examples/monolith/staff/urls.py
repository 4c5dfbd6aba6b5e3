"""The first page, and the choice of a branch."""

from django.urls import path

from staff import views

urlpatterns = [
    path("", views.home, name="home"),
    path("branch/", views.choose_branch, name="choose-branch"),
]
