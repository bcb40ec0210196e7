"""What the shop knows about itself, apart from what it holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from connector.simulator.goods import Level
from connector.simulator.installation import Installation
from connector.simulator.people import Settings


@dataclass(slots=True, kw_only=True)
class Register:
    """What the shop knows about itself; small enough to be written down after every action."""

    domain: str
    seed: int
    settings: Settings
    opened_at: datetime
    triggered_at: datetime
    ids: int = 0
    events: int = 0
    actions: int = 0
    order_number: int = 1000
    merged: dict[int, int] = field(default_factory=dict)  # customer gone -> customer kept
    disconnected: list[Level] = field(default_factory=list)  # levels of items that exist, not kept any more
    app: Installation = field(default_factory=Installation)


def fresh(domain: str, seed: int, now: datetime) -> Register:
    """Of a shop that opens now."""
    at = now.astimezone(UTC)
    name = domain.removesuffix(".myshopify.com").replace("-", " ").title()
    settings = Settings(
        id=60_000_000_000 + seed % 1_000_000,
        name=name,
        email=f"hello@{domain.removesuffix('.myshopify.com')}.example",
        phone="+5073000100",
        owner="Marisol Quintero",
        domain=domain,
        address1="Calle 50, Torre Azul",
        city="Panamá",
        zip="0801",
        primary_location_id=None,
        created_at=at.replace(microsecond=0),
        updated_at=at.replace(microsecond=0),
    )
    return Register(domain=domain, seed=seed, settings=settings, opened_at=at, triggered_at=at)
