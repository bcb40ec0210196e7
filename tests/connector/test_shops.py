"""Which shop a person means, and its number in our tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import shops
from connector.errors import ConfigurationError
from connector.postgres import Pool
from tests.conftest import SHOP


@pytest.mark.parametrize(
    "written",
    [
        "tea-2",
        "Tea-2",
        " tea-2.myshopify.com\n",
        "TEA-2.MYSHOPIFY.COM",
        "tea-2.myshopify.com:443",
        "https://tea-2.myshopify.com",
        "https://tea-2.myshopify.com/admin/products?page=2",
        "https://admin.shopify.com/store/tea-2",
        "admin.shopify.com/store/tea-2/settings/domains",
    ],
)
def test_the_ways_people_write_a_store(written: str) -> None:
    assert shops.domain_of(written) == "tea-2.myshopify.com"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "https://",
        "tea.example.com",
        "myshopify.com",
        "tea.myshopify.com.example.com",
        "evil.com/tea.myshopify.com",
        "a.b.myshopify.com",
        "admin.shopify.com",
        "admin.shopify.com/store/",
        "-tea",
        "tea room",
        "t" * 101,
        "https://[tea",
        "https://[::1]/",
        "tée",
    ],
)
def test_what_does_not_tell_a_shop_is_refused(written: str) -> None:
    with pytest.raises(ConfigurationError, match=r"your-store\.myshopify\.com"):
        shops.domain_of(written)


@given(st.text(max_size=40) | st.text("[]:/@.-ab", max_size=20))
def test_whatever_is_written_it_is_a_domain_or_a_clear_refusal(written: str) -> None:
    try:
        domain = shops.domain_of(written)
    except ConfigurationError:
        return
    assert shops.domain_of(domain) == domain


async def test_adding_a_shop_twice_is_the_same_as_once(pool: Pool) -> None:
    added = await shops.add(pool, "tea.myshopify.com")
    assert await shops.add(pool, "tea.myshopify.com") == added != await shops.add(pool, SHOP)


async def test_numbers_are_found_for_the_shops_that_are_served_also_for_later_ones(pool: Pool) -> None:
    ids = shops.ShopIds()
    async with pool.acquire() as connection:
        known = await ids.find(connection, [SHOP, "tea.myshopify.com", SHOP])
        assert known == {SHOP: await shops.add(pool, SHOP)}
        added = await shops.add(pool, "tea.myshopify.com")
        assert await ids.find(connection, [SHOP, "tea.myshopify.com"]) == known | {"tea.myshopify.com": added}
        assert await ids.find(connection, []) == {}
