"""A day of trade: one believable random act after the other."""

from random import Random

from connector.simulator import buyers, clerk, merchant
from connector.simulator.event import Event
from connector.simulator.opening import open_shop
from connector.simulator.shop import Shop


class Trader:
    """Acts on the shop at random; the same random numbers make the same day."""

    def __init__(self, shop: Shop, random: Random) -> None:
        self.shop = shop
        self.random = random
        everybody = (*buyers.HABITS, *clerk.DUTIES, *merchant.CHORES)
        self._weights = [weight for weight, _ in everybody]
        self._acts = [act for _, act in everybody]

    def open_shop(self, products: int = 200, customers: int = 60) -> list[Event]:
        return open_shop(self.shop, self.random, products=products, customers=customers)

    def step(self) -> list[Event]:
        """One act that changed something."""
        while True:
            [act] = self.random.choices(self._acts, self._weights)
            if events := act(self.shop, self.random):
                return events
