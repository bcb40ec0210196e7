"""Telling a true difference from another way of writing the same thing."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from connector.simulator.compare import Difference, differences

TRUTH = {
    "orders": [
        {
            "order_id": 2**53 + 1,
            "total": "10.00",
            "updated_at": "2026-11-24T12:00:00+00:00",
            "tags": ["a", "b"],
            "note": None,
        }
    ],
    "refunds": [{"refund_id": 7, "lines": [{"line_id": 1, "quantity": 2}]}],
}
AT = datetime(2026, 11, 24, 7, tzinfo=timezone(timedelta(hours=-5)))
SAME = {
    "orders": [
        {
            "order_id": 2**53 + 1,
            "shop": "a.myshopify.com",
            "total": Decimal("10"),
            "updated_at": AT,
            "tags": ("a", "b"),
            "note": None,
        }
    ],
    "refunds": [{"refund_id": 7, "lines": '[{"quantity": 2, "line_id": 1, "subtotal": 4.5}]'}],
}


def test_database_values_equal_json_values() -> None:
    assert differences(TRUTH, SAME) == []


def test_each_kind_of_difference_is_seen() -> None:
    later = AT.astimezone(UTC) + timedelta(seconds=1)
    order = SAME["orders"][0] | {
        "total": Decimal("10.01"),
        "updated_at": later,
        "tags": ["b", "a"],
        "note": "",
    }
    found = differences(TRUTH, {"orders": [order], "refunds": [{"refund_id": 8, "lines": []}]})
    cells = {d.column: (d.expected, d.found) for d in found if d.view == "orders"}
    assert cells == {
        "total": ("10.00", Decimal("10.01")),
        "updated_at": ("2026-11-24T12:00:00+00:00", later),
        "tags": (["a", "b"], ["b", "a"]),
        "note": (None, ""),
    }
    rows = [d for d in found if d.view == "refunds"]
    assert rows == [
        Difference("refunds", (7,), None, TRUTH["refunds"][0], None),
        Difference("refunds", (8,), None, None, {"refund_id": 8, "lines": []}),
    ]
    assert [str(row) for row in rows] == ["refunds 7: row missing", "refunds 8: row too many"]


def test_a_null_is_not_a_zero() -> None:
    view = {"inventory": [{"inventory_item_id": 1, "location_id": 2, "available": None}]}
    zero = {"inventory": [{"inventory_item_id": 1, "location_id": 2, "available": 0}]}
    assert len(differences(view, zero)) == len(differences(zero, view)) == 1


def test_nested_values_are_compared_key_by_key() -> None:
    for lines in ([], [{"line_id": 1, "quantity": 3}], [{"line_id": 1}], [{"line_id": 1, "quantity": 2}] * 2):
        found = differences({"refunds": TRUTH["refunds"]}, {"refunds": [{"refund_id": 7, "lines": lines}]})
        assert [d.column for d in found] == ["lines"], lines
