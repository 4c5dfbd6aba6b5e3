"""Quotes and work orders: what they cost, who may do what, and in which order."""

from datetime import date
from decimal import Decimal

from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.test import Client, SimpleTestCase, TestCase
from django.urls import reverse

from customers.models import Customer
from orders.models import Quote, QuoteLine, WorkOrder
from orders.totals import Totals, totals
from staff.models import Branch, Employee

TODAY, LAST_DAY = date(2026, 3, 2), date(2099, 12, 31)


class TotalsTests(SimpleTestCase):
    def test_rounding_happens_once_and_half_up(self):
        line = QuoteLine(quantity=Decimal(3), unit_price=Decimal("0.35"))
        self.assertEqual(totals([line], discount=Decimal(10), vat_rate=23), Totals(Decimal("0.95"), Decimal("0.22"), Decimal("1.17")))

    def test_nothing_costs_nothing(self):
        self.assertEqual(totals([], discount=0, vat_rate=23), (0, 0, 0))


class OrderTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.oak = Branch.objects.create(code="OAK", name="Oak Street", city="Cork")
        cls.quay = Branch.objects.create(code="QUAY", name="The Quay", city="Galway")
        cls.nora = Employee.objects.create_user("nora", branch=cls.oak)
        cls.hotel = Customer.objects.create(number="C-1", name="Hotel Pelikan", kind="trade", discount=10)
        cls.quote = Quote.objects.create(
            customer=cls.hotel, branch=cls.oak, author=cls.nora, title="Forty chairs", discount=10, valid_until=LAST_DAY
        )
        cls.quote.lines.create(description="Chair, oak", quantity=40, unit_price=Decimal("180.00"))

    def setUp(self):
        self.client.force_login(self.nora)

    def allow(self, codename):
        self.nora.user_permissions.add(Permission.objects.get(codename=codename))

    def test_a_quote_shows_what_it_costs(self):
        self.assertContains(self.client.get(reverse("quote", args=[self.quote.pk])), "6480.00")
        self.assertEqual(self.quote.totals, (Decimal("6480.00"), Decimal("1490.40"), Decimal("7970.40")))

    def test_accepting_plans_the_work_once(self):
        order = self.quote.accept(TODAY)
        self.assertEqual((order.due, order.status), (date(2026, 4, 13), "planned"))
        with self.assertRaisesMessage(ValidationError, "accepted already"):
            Quote.objects.get().accept(TODAY)

    def test_a_quote_runs_out_and_a_blocked_customer_gets_nothing(self):
        with self.assertRaisesMessage(ValidationError, "was valid until"):
            self.quote.accept(date(2100, 1, 1))
        Customer.objects.update(blocked=True)
        with self.assertRaisesMessage(ValidationError, "blocked"):
            self.quote.accept(TODAY)
        self.assertFalse(WorkOrder.objects.exists())

    def test_only_who_may_accepts(self):
        url = reverse("accept-quote", args=[self.quote.pk])
        self.assertEqual(self.client.post(url).status_code, 403)
        self.allow("add_workorder")
        self.assertContains(self.client.post(url, follow=True), "Planned for")
        self.assertContains(self.client.post(url, follow=True), "accepted already")
        self.assertEqual(self.client.get(url).status_code, 405)

    def test_the_board_shows_the_work_of_the_branch(self):
        order = self.quote.accept(TODAY)
        with self.assertNumQueries(6):  # session, employee, savepoint, branch, orders, release
            shown = self.client.get(reverse("board")).json()
        card = {
            "id": order.pk,
            "title": "Forty chairs",
            "customer": "Hotel Pelikan",
            "status": "planned",
            "due": "2026-04-13",
            "joiner": None,
        }
        self.assertEqual(shown, {"orders": [card]})
        self.client.post(reverse("choose-branch"), {"branch": self.quay.pk})
        self.assertEqual(self.client.get(reverse("board")).json(), {"orders": []})

    def test_work_moves_on_step_by_step(self):
        order = self.quote.accept(TODAY)

        def move(number=order.pk):
            return self.client.post(reverse("board"), {"order": number}, content_type="application/json")

        self.assertEqual([move().json()["status"] for _ in range(2)], ["begun", "finished"])
        self.assertEqual(move().status_code, 403)
        self.allow("deliver_workorder")
        self.assertEqual(move().json()["status"], "delivered")
        self.assertEqual(move().status_code, 409)
        self.assertEqual([move(0).status_code, move("x").status_code, move(None).status_code], [404, 400, 400])

    def test_the_board_is_safe_from_other_sites(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.nora)
        self.assertEqual(client.post(reverse("board"), {"order": 1}, content_type="application/json").status_code, 403)
