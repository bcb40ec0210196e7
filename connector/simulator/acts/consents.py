"""Acts on what a customer agreed to receive."""

from typing import Final

from connector.simulator.event import Event
from connector.simulator.people import Consent
from connector.simulator.shop import Shop

CHANNELS: Final = {
    "email": "customers_email_marketing_consent/update",
    "sms": "customers_marketing_consent/update",
    "whatsapp": "customers_whats_app_marketing_consent/update",
}


def set_consent(shop: Shop, customer_id: int, channel: str, state: str) -> list[Event]:
    """`channel` is email, sms or whatsapp; `state` Shopify's word: subscribed, unsubscribed, pending ..."""
    act = shop.begin()
    customer = shop.customers[customer_id]
    field = f"{channel}_consent"
    before: Consent | None = getattr(customer, field)
    if before is not None and before.state == state:
        return []
    setattr(customer, field, Consent(state=state, opt_in_level="single_opt_in", updated_at=act.second))
    act.touch(customer)
    act.fire(CHANNELS[channel], customer_id)
    act.fire("customers/update", customer_id)
    return act.events
