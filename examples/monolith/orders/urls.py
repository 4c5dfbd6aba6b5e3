"""Quotes and the work."""

from django.urls import path

from orders import views

urlpatterns = [
    path("quotes/<int:pk>/", views.QuoteDetail.as_view(), name="quote"),
    path("quotes/<int:pk>/accept/", views.accept_quote, name="accept-quote"),
    path("board.json", views.Board.as_view(), name="board"),
]
