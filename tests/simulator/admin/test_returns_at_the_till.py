"""Returns by mutation: opened, processed with refund and restock, closed."""

from decimal import Decimal
from typing import Any

import pytest

from connector.simulator.acts.orders import close_order
from connector.simulator.acts.refunds import refund
from connector.simulator.acts.returns import request_return
from connector.simulator.balance import balance, current, financial_status, returnable
from connector.simulator.sales import Discount, Order
from connector.simulator.wire import gid
from tests.simulator.admin.till import Till, at_till, told_in_full

Body = dict[str, Any]


def asked(order: Order, *units: int, **changed: Any) -> Body:
    """So many units of each line of the latest fulfillment."""
    lines = [
        {"fulfillmentLineItemId": gid("FulfillmentLineItem", part.id), "quantity": quantity}
        | {"returnReason": "UNWANTED"}
        | changed
        for part, quantity in zip(order.fulfillments[-1].lines, units, strict=False)
    ]
    return {"orderId": gid("Order", order.id), "returnLineItems": lines}


async def opened(till: Till, order: Order, *units: int) -> Body:
    payload = await till.ask("returns", "ReturnOpen", input=asked(order, *units))
    assert payload["userErrors"] == []
    await till.heard()
    found: Body = payload["return"]
    return found


async def outcome(till: Till, made: Body, *units: int) -> Body:
    nodes = made["returnLineItems"]["nodes"]
    lines = [{"id": n["id"], "quantity": q} for n, q in zip(nodes, units, strict=False)]
    told = await till.ask("returns", "ReturnOutcome", id=made["id"], lines=lines)
    found: Body = told["suggestedFinancialOutcome"]
    return found


async def processing(
    till: Till, made: Body, *units: int, kind: str | None = "RESTOCKED", pay: str | None = ""
) -> Body:
    """A ReturnProcessInput. `pay` is the amount; as suggested where it is empty, none where it is None."""
    contents = await till.ask("returns", "ReturnContents", id=made["id"])
    [reverse] = contents["reverseFulfillmentOrders"]["nodes"]
    lines = []
    for n, quantity in enumerate(units):
        disposed = {
            "reverseFulfillmentOrderLineItemId": reverse["lineItems"]["nodes"][n]["id"],
            "quantity": quantity,
            "dispositionType": kind,
        } | ({"locationId": gid("Location", till.place)} if kind == "RESTOCKED" else {})
        line: Body = {"id": made["returnLineItems"]["nodes"][n]["id"], "quantity": quantity}
        lines.append(line | ({"dispositions": [disposed]} if kind else {}))
    wish: Body = {"returnId": made["id"], "returnLineItems": lines}
    if pay is None:
        return wish
    suggested = (await outcome(till, made, *units))["financialTransfer"]["suggestedTransactions"]
    moves = [
        {
            "parentId": each["parentTransaction"]["id"],
            "transactionAmount": {
                "amount": pay or each["amountSet"]["presentmentMoney"]["amount"],
                "currencyCode": each["amountSet"]["presentmentMoney"]["currencyCode"],
            },
        }
        for each in suggested
    ]
    return wish | {"financialTransfer": {"issueRefund": {"orderTransactions": moves}}}


async def process(till: Till, wish: Body) -> Body:
    return await till.ask("returns", "ReturnProcess", input=wish)


def words(payload: Body) -> list[tuple[str, str, str]]:
    return [(".".join(e["field"]), e["message"], e["code"]) for e in payload["userErrors"]]


async def test_a_return_is_open_at_once_and_its_order_is_not_archived() -> None:
    async with at_till() as till:
        order = till.sell(3)
        till.app.simulation.perform(lambda: close_order(till.shop, order.id))
        await till.heard()
        payload = await till.ask("returns", "ReturnOpen", input=asked(order, 2))
        made = payload["return"]
        assert (made["name"], made["status"]) == (f"{order.name}-R1", "OPEN")
        assert made["order"] == {"id": gid("Order", order.id)} and made["createdAt"]
        [line] = made["returnLineItems"]["nodes"]
        assert (line["quantity"], line["processedQuantity"], line["unprocessedQuantity"]) == (2, 0, 2)
        [(topic, body), (second, whole)] = await till.heard()
        assert (topic, body["status"], second) == ("returns/approve", "open", "orders/updated")
        assert order.closed_at is None and whole["closed_at"] is None
        assert current(order, order.lines[0]) == 3, "nothing came back yet"
        contents = await till.ask("returns", "ReturnContents", id=made["id"])
        [reverse] = contents["reverseFulfillmentOrders"]["nodes"]
        assert reverse["status"] == "OPEN"
        assert [(n["totalQuantity"], n["dispositions"]) for n in reverse["lineItems"]["nodes"]] == [(2, [])]


async def test_what_is_on_its_way_back_cannot_be_asked_back_again() -> None:
    async with at_till() as till:
        order = till.sell(3)
        await opened(till, order, 2)
        told = await till.app.data(told_in_full("returns", "ReturnsOfOrder"), id=gid("Order", order.id))
        [whole] = told["returnableFulfillments"]["nodes"]
        [line] = whole["returnableFulfillmentLineItems"]["nodes"]
        assert line["quantity"] == 1 and len(told["node"]["returns"]["nodes"]) == 1
        wrong = "Return line item has an invalid quantity."
        field = "returnInput.returnLineItems.0.quantity"
        for units in (2, 0, -1):
            payload = await till.ask("returns", "ReturnOpen", input=asked(order, units))
            assert words(payload) == [(field, wrong, "INVALID")] and payload["return"] is None
        till.app.simulation.perform(lambda: request_return(till.shop, order.id, [(order.lines[0].id, 1)]))
        payload = await till.ask("returns", "ReturnOpen", input=asked(order, 1))
        assert words(payload) == [(field, wrong, "INVALID")]
        assert len(order.returns) == 2


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"fulfillmentLineItemId": gid("FulfillmentLineItem", 9)},
            ("returnLineItems.0.fulfillmentLineItemId", "Fulfillment Line Item was not found.", "NOT_FOUND"),
        ),
        (
            {"returnReason": None},
            (
                "returnLineItems.0",
                "Return line items Either return reason or return reason definition must be provided",
                "NOT_FOUND",
            ),
        ),
        (
            {"returnReason": "OTHER"},
            (
                "returnLineItems.0.returnReasonNote",
                'Return line items return reason note The note is required when the return reason is "Other"',
                "BLANK",
            ),
        ),
    ],
)
async def test_what_cannot_be_opened(changed: Body, expected: tuple[str, str, str]) -> None:
    async with at_till() as till:
        order = till.sell(3)
        payload = await till.ask("returns", "ReturnOpen", input=asked(order, 1, **changed))
        assert words(payload) == [(f"returnInput.{expected[0]}", *expected[1:])]
        assert order.returns == []


async def test_processed_refunded_and_on_the_shelf_again() -> None:
    async with at_till() as till:
        order = till.sell(3)
        made = await opened(till, order, 2)
        held, before = till.held(), balance(order)
        payload = await process(till, await processing(till, made, 2))
        assert payload["userErrors"] == [] and payload["return"]["status"] == "OPEN"
        [line] = payload["return"]["returnLineItems"]["nodes"]
        assert (line["processedQuantity"], line["unprocessedQuantity"]) == (2, 0)
        heard = await till.heard()
        topics = [topic for topic, _ in heard]
        assert topics[:3] == ["returns/process", "refunds/create", "orders/updated"]
        assert set(topics[3:]) == {
            "inventory_levels/update",
            "products/update",
            "reverse_fulfillment_orders/dispose",
            "customers/purchasing_summary",
        }
        bodies = dict(heard)
        refund = bodies["refunds/create"]
        assert gid("Return", refund["return"]["id"]) == made["id"]
        assert [(part["quantity"], part["restock_type"]) for part in refund["refund_line_items"]] == [
            (2, "no_restock")
        ], "the disposition tells of the stock, the refund does not tell of it again"
        [told] = bodies["reverse_fulfillment_orders/dispose"]["dispositions"]
        assert (told["type"], told["quantity"], told["location"]["id"]) == ("restocked", 2, till.place)
        assert till.held() == held + 2, "once"
        [whole] = bodies["orders/updated"]["line_items"]
        assert (whole["quantity"], whole["current_quantity"]) == (3, 1)
        after = balance(order)
        assert after.refunded == sum((Decimal(t["amount"]) for t in refund["transactions"]), Decimal(0))
        assert after.refunded == before.total - after.current_total > 0 and after.outstanding == 0
        assert financial_status(order, after) == "partially_refunded"
        assert returnable(order, order.lines[0]) == 1
        contents = await till.ask("returns", "ReturnContents", id=made["id"])
        [reverse] = contents["reverseFulfillmentOrders"]["nodes"]
        assert reverse["lineItems"]["nodes"][0]["dispositions"] == [{"type": "RESTOCKED", "quantity": 2}]


async def test_in_two_goes_and_no_third() -> None:
    async with at_till() as till:
        order = till.sell(3)
        made = await opened(till, order, 3)
        for _ in range(3):
            assert words(await process(till, await processing(till, made, 1))) == []
        wish = {"returnId": made["id"], "returnLineItems": [{"id": _line(made), "quantity": 1}]}
        field = "input.returnLineItems.0.quantity"
        again = words(await process(till, wish))
        assert again == [(field, "Return line item has an invalid quantity.", "INVALID")]
        sums = balance(order)
        assert sums.current_subtotal == 0 and sums.refunded == sums.paid == sums.total
        assert len(order.refunds) == 3 and till.held() == 10


@pytest.mark.parametrize("kind", ["NOT_RESTOCKED", "MISSING", "PROCESSING_REQUIRED", None])
async def test_what_is_not_restocked_stays_off_the_shelf(kind: str | None) -> None:
    async with at_till() as till:
        order = till.sell(3)
        made = await opened(till, order, 1)
        assert words(await process(till, await processing(till, made, 1, kind=kind))) == []
        assert till.held() == 7
        topics = await till.topics()
        assert ("reverse_fulfillment_orders/dispose" in topics) == (kind is not None)
        assert "inventory_levels/update" not in topics


async def test_without_a_transfer_the_money_stays_owed_until_it_is_paid() -> None:
    async with at_till() as till:
        order = till.sell(2)
        made = await opened(till, order, 1)
        assert words(await process(till, await processing(till, made, 1, pay=None))) == []
        owed = balance(order)
        assert owed.refunded == 0 and owed.outstanding < 0
        assert not order.refunds and current(order, order.lines[0]) == 1
        suggested = await outcome(till, made)
        [move] = suggested["financialTransfer"]["suggestedTransactions"]
        assert Decimal(move["amountSet"]["presentmentMoney"]["amount"]) == -owed.outstanding
        wish = await processing(till, made)
        assert words(await process(till, wish)) == []
        assert balance(order).outstanding == 0 and balance(order).refunded == -owed.outstanding
        [refund] = order.refunds
        assert [part.quantity for part in refund.lines] == [1], "the refund names what came in before it"


async def test_less_may_be_paid_than_it_was_worth() -> None:
    async with at_till() as till:
        order = till.sell(2)
        made = await opened(till, order, 1)
        assert words(await process(till, await processing(till, made, 1, pay="3.00"))) == []
        sums = balance(order)
        assert (sums.refunded, sums.outstanding) == (Decimal("3.00"), 0)


async def test_never_more_than_was_paid_unless_allowed() -> None:
    async with at_till() as till:
        order = till.sell(1)
        paid = balance(order).paid
        made = await opened(till, order, 1)
        wish = await processing(till, made, 1, pay="500.00")
        payload = await process(till, wish)
        field = "input.financialTransfer.issueRefund.orderTransactions"
        shown = f"${paid.normalize():f}" if paid % 1 else f"${paid:.1f}"
        told = f"Refund amount $500.0 is greater than net payment received {shown}"
        assert words(payload) == [(field, told, "INVALID")] and payload["return"] is None
        assert order.refunds == [] and order.returns[0].lines[0].processed == 0 and till.held() == 9
        wish["financialTransfer"]["issueRefund"]["allowOverRefunding"] = True
        assert words(await process(till, wish)) == []
        assert balance(order).refunded == 500


async def test_what_was_given_back_before_is_not_suggested_again() -> None:
    async with at_till() as till:
        order = till.sell(1)
        till.app.simulation.perform(lambda: refund(till.shop, order.id, goodwill=Decimal("4.00")))
        made = await opened(till, order, 1)
        told = await outcome(till, made, 1)
        left = str(balance(order).paid - Decimal("4.00"))
        amounts = told["maximumRefundable"], told["financialTransfer"]["amount"]
        assert [Decimal(each["presentmentMoney"]["amount"]) for each in amounts] == [Decimal(left)] * 2
        assert words(await process(till, await processing(till, made, 1))) == []
        assert balance(order).refunded == balance(order).paid


async def test_an_order_that_was_not_paid_pays_nothing_back() -> None:
    async with at_till() as till:
        order = till.sell(2, paid=False)
        made = await opened(till, order, 1)
        told = await outcome(till, made, 1)
        assert told["maximumRefundable"]["presentmentMoney"]["amount"] == "0.0"
        assert told["financialTransfer"]["amount"]["presentmentMoney"]["amount"] == "0.0"
        assert told["financialTransfer"]["suggestedTransactions"] == []
        owed = balance(order).outstanding
        assert words(await process(till, await processing(till, made, 1))) == []
        assert 0 < balance(order).outstanding < owed and balance(order).refunded == 0
        [refund] = order.refunds
        assert refund.transactions == []


@pytest.mark.parametrize("included", [True, False])
async def test_the_worth_of_lines_is_after_discounts_with_tax_in_both_currencies(included: bool) -> None:
    async with at_till() as till:
        currency, rate = next(iter(till.shop.settings.presentment_rates.items()))
        discount = Discount(kind="manual", title="Ten off", value=Decimal(10), value_type="percentage")
        order = till.sell(3, discounts=[discount], taxes_included=included, presentment=currency)
        made = await opened(till, order, 2)
        told = await outcome(till, made, 2)
        line, paid = order.lines[0], balance(order)
        net = Decimal("27.00")
        share = (net + (0 if included else line.tax)) * 2 / 3
        amount = told["financialTransfer"]["amount"]["presentmentMoney"]
        assert amount["currencyCode"] == currency
        assert abs(Decimal(amount["amount"]) - share * rate) <= Decimal("0.01") * rate
        assert Decimal(told["maximumRefundable"]["presentmentMoney"]["amount"]) == paid.paid * rate
        assert words(await process(till, await processing(till, made, 2))) == []
        assert balance(order).refunded * rate == Decimal(amount["amount"]) and balance(order).outstanding == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"id": gid("ReturnLineItem", 3)},
            ("id", "Return line item was not found.", "NOT_FOUND"),
        ),
        (
            {"locationId": gid("Location", 3)},
            ("dispositions.0.locationId", "Location not found.", "NOT_FOUND"),
        ),
        ({"locationId": None}, ("dispositions.0.locationId", "Location not found.", "NOT_FOUND")),
        (
            {"reverseFulfillmentOrderLineItemId": gid("ReverseFulfillmentOrderLineItem", 3)},
            (
                "dispositions.0.reverseFulfillmentOrderLineItemId",
                "Reverse fulfillment order line item was not found.",
                "NOT_FOUND",
            ),
        ),
    ],
)
async def test_what_cannot_be_processed(change: Body, expected: tuple[str, str, str]) -> None:
    async with at_till() as till:
        order = till.sell(2)
        made = await opened(till, order, 1)
        wish = await processing(till, made, 1)
        [line] = wish["returnLineItems"]
        (line if "id" in change else line["dispositions"][0]).update(change)
        payload = await process(till, wish)
        assert words(payload) == [(f"input.returnLineItems.0.{expected[0]}", *expected[1:])]
        assert order.refunds == [] and order.returns[0].reverse[0].lines[0].dispositions == []
        assert till.held() == 8 and await till.topics() == []


async def test_closed_once_and_again_without_effect() -> None:
    async with at_till() as till:
        order = till.sell(2)
        made = await opened(till, order, 1)
        payload = await till.ask("returns", "ReturnClose", id=made["id"])
        assert payload == {"return": {"id": made["id"], "status": "CLOSED"}, "userErrors": []}
        assert await till.topics() == ["returns/close", "orders/updated"]
        assert await till.ask("returns", "ReturnClose", id=made["id"]) == payload
        assert await till.topics() == []
        refused = await process(till, {"returnId": made["id"]})
        assert words(refused) == [("input.returnId", "Return status is invalid.", "INVALID_STATE")]
        till.app.simulation.perform(lambda: request_return(till.shop, order.id, [(order.lines[0].id, 1)]))
        requested = gid("Return", order.returns[-1].id)
        refused = await till.ask("returns", "ReturnClose", id=requested)
        assert words(refused) == [("id", "Return status is invalid.", "INVALID_STATE")]
        for name, field, variables in (
            ("ReturnClose", "id", {"id": gid("Return", 5)}),
            ("ReturnProcess", "input.returnId", {"input": {"returnId": gid("Return", 5)}}),
        ):
            refused = await till.ask("returns", name, **variables)
            assert words(refused) == [(field, "Return not found.", "NOT_FOUND")]


def _line(made: Body) -> str:
    return str(made["returnLineItems"]["nodes"][0]["id"])
