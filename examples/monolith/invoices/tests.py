"""Invoices: their numbers, their mails, what is paid, and what a failure leaves behind."""

from datetime import date
from decimal import Decimal
from io import StringIO

from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.db.models.signals import post_save
from django.test import TestCase, TransactionTestCase
from django.urls import reverse

from customers.models import Customer
from invoices.models import Invoice, Payment, Series
from orders.models import Quote
from staff.models import Branch, Employee

DAY = date(2026, 3, 2)


def draft(branch, customer):
    invoice = Invoice.objects.create(branch=branch, customer=customer)
    invoice.lines.create(description="Table, ash", unit_price=Decimal("1000.00"))
    return invoice


class InvoiceTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.oak = Branch.objects.create(code="OAK", name="Oak Street", city="Cork")
        cls.quay = Branch.objects.create(code="QUAY", name="The Quay", city="Galway")
        cls.nora = Employee.objects.create_user("nora", branch=cls.oak)
        cls.mary = Customer.objects.create(number="C-2", name="Mary Byrne", email="mary@example.com")

    def issued(self):
        invoice = draft(self.oak, self.mary)
        invoice.issue(DAY)
        return invoice

    def test_numbers_count_per_branch_and_year(self):
        numbers = []
        for branch, day in [(self.oak, DAY), (self.oak, DAY), (self.quay, DAY), (self.oak, date(2027, 1, 1))]:
            invoice = draft(branch, self.mary)
            invoice.issue(day)
            numbers.append(invoice.number)
        self.assertEqual(numbers, ["OAK-2026-0001", "OAK-2026-0002", "QUAY-2026-0001", "OAK-2027-0001"])

    def test_an_invoice_is_issued_once_and_not_without_lines(self):
        with self.assertRaisesMessage(ValidationError, "issued already"):
            self.issued().issue(DAY)
        with self.assertRaisesMessage(ValidationError, "needs a line"):
            Invoice.objects.create(branch=self.oak, customer=self.mary).issue(DAY)

    def test_the_mail_waits_for_the_commit(self):
        with self.captureOnCommitCallbacks(execute=True):
            invoice = self.issued()
            self.assertEqual(mail.outbox, [])
        (sent,) = mail.outbox
        self.assertEqual((sent.subject, sent.to), (f"Your invoice {invoice.number}", ["mary@example.com"]))
        self.assertIn("1230.00 EUR by 2026-03-16", sent.body)

    def test_payments_settle_an_invoice(self):
        invoice = self.issued()
        for amount, status in [("1000.00", "issued"), ("230.00", "paid")]:
            Payment.objects.create(invoice=invoice, amount=Decimal(amount), received_on=DAY)
            self.assertEqual(Invoice.objects.get(pk=invoice.pk).status, status)
        self.assertEqual(invoice.open_amount, 0)

    def test_a_delivery_drafts_the_invoice(self):
        quote = Quote.objects.create(
            customer=self.mary, branch=self.oak, author=self.nora, title="A table", discount=5, valid_until=date(2099, 1, 1)
        )
        quote.lines.create(description="Table, ash", unit_price=Decimal("1000.00"))
        order = quote.accept(DAY)
        for _ in range(3):
            order.advance(DAY)
        self.assertEqual((order.invoice.status, order.invoice.totals.net), ("draft", Decimal("950.00")))

    def test_who_is_late_is_reminded(self):
        invoice, out = self.issued(), StringIO()
        call_command("remind", "--on", "2026-03-16", stdout=out)
        self.assertEqual(out.getvalue(), "")
        call_command("remind", "--on", "2026-03-17", "--dry-run", stdout=out)
        self.assertEqual((out.getvalue(), mail.outbox), (f"{invoice.number}: mary@example.com\n", []))
        call_command("remind", "--on", "2026-03-17", stdout=out)
        self.assertIn("1230.00 EUR", mail.outbox[0].body)

    def test_pages_and_table(self):
        self.nora.user_permissions.add(*Permission.objects.filter(codename__in=["issue_invoice", "view_invoice"]))
        self.client.force_login(self.nora)
        invoice = draft(self.oak, self.mary)
        page = self.client.post(reverse("issue-invoice", args=[invoice.pk]), follow=True)
        self.assertContains(page, "Issued as OAK-")
        self.assertContains(self.client.get(reverse("invoices")), "OAK-")
        table = b"".join(self.client.get(reverse("export-invoices"))).decode().splitlines()
        self.assertEqual(table[0], "number,issued,customer,net,vat,gross,status")
        self.assertTrue(table[1].endswith(",C-2,1000.00,230.00,1230.00,issued"))

    def test_pages_are_compressed(self):
        self.client.force_login(self.nora)
        self.assertEqual(self.client.get(reverse("invoices"), headers={"accept-encoding": "gzip"})["Content-Encoding"], "gzip")


class CommitTests(TransactionTestCase):
    def setUp(self):
        self.oak = Branch.objects.create(code="OAK", name="Oak Street", city="Cork")
        self.mary = Customer.objects.create(number="C-2", name="Mary Byrne", email="mary@example.com")

    def test_a_number_that_was_rolled_back_is_used_again(self):
        invoice = draft(self.oak, self.mary)
        with self.assertRaises(RuntimeError), transaction.atomic():
            invoice.issue(DAY)
            raise RuntimeError("after the number was taken")
        self.assertEqual(mail.outbox, [])
        other = draft(self.oak, self.mary)
        other.issue(DAY)
        self.assertEqual(other.number, "OAK-2026-0001")
        self.assertEqual(len(mail.outbox), 1)

    def test_a_number_is_taken_in_a_transaction_only(self):
        with self.assertRaises(transaction.TransactionManagementError):
            Series.take(self.oak, 2026)

    def test_a_request_is_one_transaction(self):
        self.client.force_login(Employee.objects.create_superuser("boss"))
        self.client.raise_request_exception = False
        post_save.connect(fail, sender=Invoice)
        self.addCleanup(post_save.disconnect, fail, sender=Invoice)
        invoice = Invoice(branch=self.oak, customer=self.mary)
        Invoice.objects.bulk_create([invoice])
        invoice.lines.create(description="Table, ash", unit_price=Decimal("1000.00"))
        with self.assertLogs("django.request", "ERROR"):
            answer = self.client.post(reverse("issue-invoice", args=[invoice.pk]))
        self.assertEqual((answer.status_code, Invoice.objects.get().status, Series.objects.count()), (500, "draft", 0))


def fail(**kwargs):
    raise RuntimeError("the disk is full")
