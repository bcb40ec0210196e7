"""One webhook the shop owes its subscribers: what happened to which entity, and when."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """`key` names the entity by its ids; the body is assembled later unless `pinned` holds it already."""

    topic: str
    key: tuple[int, ...]
    event_id: str  # shared by every event of one action
    webhook_id: str  # this event's own
    triggered_at: datetime
    pinned: str | None = None
