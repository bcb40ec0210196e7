"""An order and everything that hangs on it, as plain records in the shop's currency."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from connector.simulator.people import Address
from connector.simulator.reverse import ReverseOrder


@dataclass(slots=True, kw_only=True)
class Discount:
    """`kind` is Shopify's word: discount_code, automatic or manual."""

    kind: str
    title: str
    value: Decimal
    value_type: str  # percentage, fixed_amount


@dataclass(slots=True, kw_only=True)
class Line:
    id: int
    variant_id: int | None
    product_id: int | None
    item_id: int | None
    sku: str | None
    title: str
    variant_title: str | None
    vendor: str | None
    price: Decimal
    quantity: int
    grams: int
    taxable: bool
    tracked: bool
    tax: Decimal
    allocations: list[Decimal]  # one amount per discount of the order
    added: bool = False  # by an order edit or an exchange
    kind: str = "goods"  # goods, custom, gift_card; tip: a line that is no part of the subtotal


@dataclass(slots=True, kw_only=True)
class ShippingLine:
    id: int
    title: str
    code: str
    price: Decimal
    carrier_identifier: str | None = None


@dataclass(slots=True, kw_only=True)
class Transaction:
    id: int
    kind: str  # sale, refund
    status: str  # success, failure
    amount: Decimal
    gateway: str
    parent_id: int | None
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class FulfillmentLine:
    id: int
    line_id: int
    quantity: int


@dataclass(slots=True, kw_only=True)
class Fulfillment:
    id: int
    name: str
    status: str  # success, cancelled
    location_id: int
    routed_ids: list[int] = field(default_factory=list)  # the fulfillment orders it was made from
    tracking_company: str | None
    tracking_number: str | None
    lines: list[FulfillmentLine]
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class FulfillmentOrderLine:
    id: int
    line_id: int
    total: int
    remaining: int


@dataclass(slots=True, kw_only=True)
class FulfillmentOrder:
    id: int
    location_id: int
    method: str  # shipping, pick_up
    status: str  # open, in_progress, on_hold, scheduled, closed, cancelled
    lines: list[FulfillmentOrderLine] = field(default_factory=list)
    updated_at: datetime | None = None  # None: as old as the order's last change
    created_at: datetime | None = None  # None: as old as the order
    mails: int = 0  # how often the customer was told that it is ready for pickup


@dataclass(slots=True, kw_only=True)
class RefundLine:
    id: int
    line_id: int
    quantity: int
    released: int  # how many of them were not fulfilled yet
    restock_type: str  # return, cancel, no_restock
    location_id: int | None
    subtotal: Decimal
    tax: Decimal
    discount: Decimal


@dataclass(slots=True, kw_only=True)
class Refund:
    id: int
    note: str
    lines: list[RefundLine]
    shipping: Decimal
    goodwill: Decimal  # money given back for no particular line
    transactions: list[Transaction]
    return_id: int | None
    created_at: datetime
    duties: Decimal = Decimal("0.00")
    fees: Decimal = Decimal("0.00")


@dataclass(slots=True, kw_only=True)
class ReturnLine:
    id: int
    line_id: int
    fulfillment_line_id: int
    quantity: int
    reason: str
    note: str
    processed: int = 0  # came in: no part of the order any more
    refunded: int = 0  # of those


@dataclass(slots=True, kw_only=True)
class Return:
    id: int
    name: str
    status: str  # requested, open, closed, declined, canceled
    lines: list[ReturnLine]
    reverse: list[ReverseOrder] = field(default_factory=list)  # once approved
    exchanged: list[int] = field(default_factory=list)  # the order's lines that went out for it
    created_at: datetime | None = None  # None: as old as the order


@dataclass(slots=True, kw_only=True)
class Order:
    id: int
    number: int
    customer_id: int | None
    email: str
    phone: str | None
    presentment_currency: str
    presentment_rate: int
    taxes_included: bool
    tax_rate: Decimal
    lines: list[Line]
    shipping: list[ShippingLine]
    discounts: list[Discount]
    billing_address: Address | None
    shipping_address: Address | None  # None: picked up
    note: str | None
    tags: list[str]
    source: str
    test: bool
    transactions: list[Transaction] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    fulfillment_orders: list[FulfillmentOrder] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    duties: Decimal | None = None
    fees: Decimal | None = None  # additional ones, such as for import
    rounding: Decimal = Decimal("0.00")  # what rounding cash added to payments
    collector: Address | None = None  # who picks it up, where somebody was named
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        return f"#{self.number}"
