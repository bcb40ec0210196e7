"""Why a subscription of ours is gone, as far as that can be known. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from connector.shopify.subscriptions import Plan

Cause = Literal["scope", "reinstalled", "unreachable", "moved", "changed", "deleted"]

#: Shopify tries a delivery again for so long before it deletes the subscription (Shopify docs).
RETRIED_FOR = timedelta(hours=4)
#: Fewer that go together may be the work of a person.
TOGETHER = 5


class Loss(NamedTuple):
    """A subscription that stood at ``seen_at`` and does not any more, or does not tell us."""

    topic: str
    cause: Cause
    words: str
    seen_at: datetime


class Stood(NamedTuple):
    """A subscription of ours as the last look found it."""

    uri: str | None
    #: Since when it was there.
    since: datetime
    seen_at: datetime
    looked_at: datetime


class Scene(NamedTuple):
    """What is known around a look that finds subscriptions gone."""

    now: datetime
    #: The last delivery of any topic to us.
    heard_at: datetime | None
    #: When the app was uninstalled, if that was since the last look.
    uninstalled_at: datetime | None


def found(stood: Mapping[str, Stood], planned: Plan, uri: str, scene: Scene) -> list[Loss]:
    """Those that stood when we last looked and do not tell us now; ``uri`` is where they should."""
    gone = [topic for topic in planned.create if topic in stood]
    losses = []
    if gone:
        why = _absent(scene, [stood[topic] for topic in gone], everything=len(gone) == len(stood))
        losses += [Loss(topic, *why, stood[topic].seen_at) for topic in gone]
    for topic, scopes in planned.lacking.items():
        if topic in stood:
            words = f"the scope {' or '.join(scopes)} is not granted any more"
            losses.append(Loss(topic, "scope", words, stood[topic].seen_at))
    for topic, made in planned.update:
        if topic in stood and made.uri != uri and made.uri == stood[topic].uri:
            losses.append(Loss(topic, "moved", "the public URL is another now", stood[topic].seen_at))
        elif topic in stood:
            words = "somebody changed its address, filter or fields"
            losses.append(Loss(topic, "changed", words, stood[topic].seen_at))
    return losses


def _absent(scene: Scene, gone: list[Stood], *, everything: bool) -> tuple[Cause, str]:
    """Why subscriptions are gone whose scope is granted."""
    if scene.uninstalled_at:
        return "reinstalled", f"the app was uninstalled on {_at(scene.uninstalled_at)} and installed again"
    if everything and len(gone) >= TOGETHER:
        return "reinstalled", f"all {len(gone)} went together, as when an app is installed anew"
    looked_at = min(each.looked_at for each in gone)
    retried = scene.now - min(each.since for each in gone) > RETRIED_FOR
    heard_at = scene.heard_at or min(each.since for each in gone)
    if retried and scene.now - looked_at > RETRIED_FOR and heard_at <= looked_at:
        return "unreachable", (
            f"from {_at(looked_at)} on this program did not look after it and no webhook came: Shopify drops "
            "what it cannot deliver for 4 hours"
        )
    if retried and heard_at <= scene.now - RETRIED_FOR:
        return "unreachable", (
            f"no webhook came since {_at(heard_at)}: Shopify drops what it cannot deliver for 4 hours, so "
            "the address was perhaps not reachable"
        )
    return "deleted", "it was deleted by somebody, or by Shopify itself"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
