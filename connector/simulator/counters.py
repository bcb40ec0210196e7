"""What became of deliveries, counted."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    sent: int = 0  # first attempts, of duplicates too
    acknowledged: int = 0
    retried: int = 0
    failed: int = 0  # given up after the last retry
    dropped: int = 0
    duplicated: int = 0
    vanished: int = 0  # the entity was gone before its event could be assembled
    unwanted: int = 0  # events that nobody had subscribed to
    unsubscribed: int = 0  # subscriptions deleted because a delivery to them failed too often
    pending: int = 0
    topics: Counter[str] = field(default_factory=Counter)  # acknowledged, by topic
