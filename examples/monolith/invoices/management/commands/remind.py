"""``manage.py remind``: a mail to everybody whose invoice is overdue."""

from datetime import date

from django.core.mail import send_mail
from django.core.management.base import BaseCommand
from django.utils import timezone

from invoices.models import Invoice


class Command(BaseCommand):
    help = "Mail a reminder for every overdue invoice."

    def add_arguments(self, parser):
        parser.add_argument("--on", type=date.fromisoformat, default=None, help="as if it were this day, such as 2026-03-02")
        parser.add_argument("--dry-run", action="store_true", help="only say whom it would remind")

    def handle(self, *args, on, dry_run, **options):
        overdue = Invoice.objects.overdue(on or timezone.localdate()).exclude(customer__email="").select_related("customer")
        for invoice in overdue:
            self.stdout.write(f"{invoice.number}: {invoice.customer.email}")
            if not dry_run:
                text = f"Your invoice was due on {invoice.due_on}. Please pay {invoice.open_amount} EUR."
                send_mail(f"Reminder: {invoice.number}", text, None, [invoice.customer.email])
