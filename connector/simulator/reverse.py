"""What becomes of goods that come back: one reverse fulfillment order for each return that is open."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True, kw_only=True)
class Disposition:
    """Where units ended. Only restocked ones are for sale again."""

    id: int
    kind: str  # restocked, not_restocked, missing, processing_required
    quantity: int
    location_id: int | None
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class ReverseLine:
    id: int
    return_line_id: int
    line_id: int
    fulfillment_line_id: int
    quantity: int
    dispositions: list[Disposition] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Units of which nobody has said yet where they ended."""
        return self.quantity - sum(made.quantity for made in self.dispositions)


@dataclass(slots=True, kw_only=True)
class ReverseOrder:
    id: int
    status: str  # open, closed
    lines: list[ReverseLine]
