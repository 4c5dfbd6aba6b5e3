"""Sums of money, rounded as the tax office wants them: once per document, half up. It knows numbers only."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")


class Totals(NamedTuple):
    net: Decimal
    vat: Decimal
    gross: Decimal


def totals(lines, *, discount, vat_rate):
    """Net, tax and gross of lines that have ``quantity`` and ``unit_price``; discount and rate in percent."""
    full = sum((line.quantity * line.unit_price for line in lines), Decimal(0))
    net = rounded(full * (100 - Decimal(discount)) / 100)
    vat = rounded(net * Decimal(vat_rate) / 100)
    return Totals(net, vat, net + vat)


def rounded(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)
