"""Whether what a till scans names one thing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connector.doctor.result import Found, Patient
from connector.postgres import blocks

#: All variants of all shops are gone through; seconds.
_PATIENCE = 120.0
_WORDS = {"barcode": "barcodes", "sku": "SKUs"}

_SQL = blocks("connector.doctor", "codes")


async def look_at_codes(patient: Patient) -> AsyncIterator[Found]:
    """No barcode and no SKU stands on two variants."""
    doubled = await patient.pool.fetch(_SQL["doubled"], timeout=_PATIENCE)
    for row in doubled:
        some = ", ".join(row["first"]) + (", ..." if row["codes"] > len(row["first"]) else "")
        words = f"{_WORDS[row['kind']]} that stand on more than one variant: {row['codes']} ({some})"
        yield Found("warning", words, "mend them in Shopify; pos.duplicate_codes lists all", row["shop"])
    if not doubled:
        yield Found("ok", "no barcode or SKU stands on two variants")
