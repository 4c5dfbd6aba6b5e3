"""Customers: the search, the pages, the rules about discounts."""

from datetime import date

from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse

from customers.models import Customer
from orders.models import Quote
from staff.models import Branch, Employee


class CustomerTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.nora = Employee.objects.create_user("nora")
        cls.hotel = Customer.objects.create(number="C-1", name="Hotel Pelikan", kind="trade", discount=10, email="desk@pelikan.example")
        cls.mary = Customer.objects.create(number="C-2", name="Mary Byrne")
        Customer.objects.create(number="C-3", name="Byrne & Daughters", blocked=True)

    def setUp(self):
        self.client.force_login(self.nora)

    def test_the_list_is_searched_by_number_name_and_address(self):
        for text, found in [("c-2", [self.mary]), ("PELIKAN.example", [self.hotel]), ("nobody", [])]:
            with self.subTest(text):
                self.assertEqual(list(self.client.get(reverse("customers"), {"q": text}).context["object_list"]), found)

    def test_suggestions_leave_out_who_is_blocked(self):
        self.assertEqual(
            self.client.get(reverse("suggest-customers"), {"q": "byrne"}).json(),
            {"customers": [{"id": self.mary.pk, "text": "Mary Byrne (C-2)"}]},
        )

    def test_a_page_takes_no_more_queries_with_more_quotes(self):
        oak = Branch.objects.create(code="OAK", name="Oak Street", city="Cork")
        for title in ["Chairs", "Tables", "A bar"]:
            quote = Quote.objects.create(customer=self.hotel, branch=oak, author=self.nora, title=title, valid_until=date(2099, 12, 31))
            quote.lines.create(description=title, unit_price=100)
        with self.assertNumQueries(9):  # session, employee, savepoint, customer, addresses, quotes, lines, release, branches
            self.client.get(self.hotel.get_absolute_url())

    def test_only_who_may_adds_a_customer(self):
        form = {"number": "C-4", "name": "New", "kind": "trade", "discount": "12.5"}
        self.assertEqual(self.client.post(reverse("new-customer"), form).status_code, 403)
        self.nora.user_permissions.add(Permission.objects.get(codename="add_customer"))
        made = self.client.post(reverse("new-customer"), form)
        self.assertRedirects(made, Customer.objects.get(number="C-4").get_absolute_url())

    def test_only_the_trade_has_a_discount(self):
        self.nora.user_permissions.add(Permission.objects.get(codename="change_customer"))
        form = {"number": "C-2", "name": "Mary Byrne", "kind": "private", "discount": "5"}
        self.assertContains(self.client.post(reverse("edit-customer", args=[self.mary.pk]), form), "only_the_trade_has_a_discount")
        with self.assertRaises(IntegrityError), transaction.atomic():
            Customer.objects.filter(pk=self.mary.pk).update(discount=5)
