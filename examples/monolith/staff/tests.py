"""The first page, the choice of a branch, and what the middleware adds."""

from django.test import TestCase
from django.urls import reverse

from staff.models import Branch, Employee


class HomeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.oak = Branch.objects.create(code="OAK", name="Oak Street", city="Cork")
        cls.quay = Branch.objects.create(code="QUAY", name="The Quay", city="Galway")
        cls.nora = Employee.objects.create_user("nora", branch=cls.oak)

    def test_everything_is_behind_a_login(self):
        self.assertRedirects(self.client.get(reverse("home")), f"{reverse('login')}?next=/")

    def test_an_employee_logs_in_with_a_password(self):
        Employee.objects.create_user("mick", password="chisel-and-plane")
        response = self.client.post(reverse("login"), {"username": "mick", "password": "chisel-and-plane"})
        self.assertRedirects(response, reverse("home"))

    def test_a_session_works_for_the_branch_that_it_chose(self):
        self.client.force_login(self.nora)
        self.assertEqual(self.client.get(reverse("home")).wsgi_request.branch, self.oak)
        response = self.client.post(reverse("choose-branch"), {"branch": self.quay.pk}, follow=True)
        self.assertContains(response, "You now work for The Quay.")
        self.assertEqual(response.wsgi_request.branch, self.quay)

    def test_a_branch_that_is_none_is_not_found(self):
        self.client.force_login(self.nora)
        self.assertEqual(self.client.post(reverse("choose-branch"), {"branch": ""}).status_code, 404)

    def test_the_home_page_takes_eight_queries(self):
        self.client.force_login(self.nora)
        with self.assertNumQueries(8):  # session, employee, savepoint, branch, overdue invoices, branches, orders, release
            self.client.get(reverse("home"))

    def test_every_response_says_how_long_it_took(self):
        self.assertRegex(self.client.get(reverse("login"))["Server-Timing"], r"^app;dur=\d+\.\d$")

    def test_the_admin_lists_employees(self):
        self.client.force_login(Employee.objects.create_superuser("boss"))
        self.assertContains(self.client.get(reverse("admin:staff_employee_changelist")), "nora")
