"""What a credential opens: the shop behind it, what the app may there, and what is closed to it."""

from __future__ import annotations

import msgspec

from connector import gids
from connector.shopify.answers import Bucket
from connector.shopify.client import Admin
from connector.shopify.documents import document
from connector.shopify.scopes import includes


class Plan(msgspec.Struct, frozen=True, rename="camel"):
    """The shop's plan; the bucket tells its limits better than its name."""

    public_display_name: str | None = None
    shopify_plus: bool = False
    partner_development: bool = False


class Shop(msgspec.Struct, frozen=True, rename="camel"):
    """The shop as Shopify tells of it."""

    id: str
    name: str
    myshopify_domain: str
    currency_code: str | None = None
    iana_timezone: str | None = None
    taxes_included: bool | None = None
    plan: Plan = Plan()

    @property
    def number(self) -> int:
        """Shopify's own number of the shop."""
        return gids.number(self.id)


class Version(msgspec.Struct, frozen=True):
    """A version of the API."""

    handle: str
    supported: bool = True


class Checkup(msgspec.Struct, frozen=True):
    """What one look at a shop found."""

    shop: Shop
    scopes: tuple[str, ...]
    #: Kinds of customer data that Shopify did not approve this app for, such as Order or Customer.
    protected: tuple[str, ...]
    #: A customer was shown with neither name nor e-mail: perhaps they are hidden from this app.
    blank: bool
    versions: tuple[Version, ...]
    answered_version: str
    app: str | None = None
    bucket: Bucket | None = None


class _Scope(msgspec.Struct):
    handle: str


class _App(msgspec.Struct):
    title: str | None = None


class _Installation(msgspec.Struct, rename="camel"):
    access_scopes: list[_Scope] = []
    app: _App | None = None


class _Customer(msgspec.Struct, rename="camel"):
    first_name: str | None = None
    email: dict[str, str | None] | None = msgspec.field(default=None, name="defaultEmailAddress")


class _Nodes(msgspec.Struct):
    nodes: list[_Customer] = []


class _Customers(msgspec.Struct):
    customers: _Nodes | None = None


class _Data(msgspec.Struct, rename="camel"):
    shop: Shop
    current_app_installation: _Installation
    public_api_versions: list[Version] = []


async def check(admin: Admin) -> Checkup:
    """Ask for the shop and the app's scopes, and try customer data; raises as ``ask`` does."""
    answer = await admin.ask(document("connector.shopify", "shop", "ShopCheck"))
    data = msgspec.json.decode(answer.data, type=_Data)
    app = data.current_app_installation.app
    scopes = tuple(sorted(scope.handle for scope in data.current_app_installation.access_scopes))
    protected, blank = await _customer_data(admin, scopes)
    return Checkup(
        shop=data.shop,
        scopes=scopes,
        protected=protected,
        blank=blank,
        versions=tuple(data.public_api_versions),
        answered_version=answer.version,
        app=app.title if app else None,
        bucket=answer.cost.throttle_status if answer.cost else None,
    )


async def _customer_data(admin: Admin, scopes: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """What is refused, and whether what is shown is blank."""
    if not (includes(scopes, "read_orders") or includes(scopes, "read_customers")):
        return (), False
    answer = await admin.ask(document("connector.shopify", "shop", "ProtectedData"), partial=True)
    found = msgspec.json.decode(answer.data, type=_Customers | None)
    customers = found.customers.nodes if found and found.customers else []
    refused = dict.fromkeys(problem.protected for problem in answer.errors if problem.protected)
    return tuple(refused), any(not seen.first_name and not seen.email for seen in customers)
