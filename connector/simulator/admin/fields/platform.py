"""The shop itself, the app, its subscriptions and its bulk operations."""

from typing import Any, Final

from connector.simulator.admin.fields.values import Fields, at, gid_of, moment, plain
from connector.simulator.admin.topics import enum_of
from connector.simulator.admin.view import View
from connector.simulator.installation import APP
from connector.simulator.wire import gid

SUPPORTED: Final = ("2026-01", "2026-04", "2026-07", "2026-10")  # oldest first
VERSIONS: Final = [{"handle": handle, "supported": True} for handle in SUPPORTED] + [
    {"handle": "2027-01", "supported": False},
    {"handle": "unstable", "supported": False},
]


def shop_of(view: View) -> dict[str, Any]:
    settings = view.shop.settings
    return {
        "id": gid("Shop", settings.id),
        "name": settings.name,
        "myshopifyDomain": view.shop.domain,
        "currencyCode": settings.currency,
        "ianaTimezone": "America/Panama",
        "taxesIncluded": settings.taxes_included,
        "plan": {"publicDisplayName": "Basic", "shopifyPlus": False, "partnerDevelopment": False},
    }


def installation_of(view: View) -> dict[str, Any]:
    return {
        "id": gid("AppInstallation", view.shop.settings.id + 7),
        "accessScopes": [{"handle": scope} for scope in view.app.scopes],
        "app": {"id": gid("App", APP), "title": "POS connector", "webhookApiVersion": SUPPORTED[-1]},
    }


SUBSCRIPTION: Final[Fields] = {
    "id": gid_of("WebhookSubscription"),
    "topic": lambda made, view, _: enum_of(made.topic),
    "uri": plain("uri"),
    "format": lambda made, view, _: "JSON",
    "filter": plain("filter"),
    "includeFields": plain("include_fields"),
    "name": plain("name"),
    "apiVersion": lambda made, view, _: {"handle": SUPPORTED[-1], "supported": True},
    "createdAt": moment("created_at"),
    "updatedAt": moment("updated_at"),
}
OPERATION: Final[Fields] = {
    "id": gid_of("BulkOperation"),
    "status": plain("status"),
    "errorCode": plain("error_code"),
    "createdAt": moment("created_at"),
    "completedAt": lambda ran, view, _: at(ran.completed_at),
    "objectCount": lambda ran, view, _: str(ran.objects),
    "rootObjectCount": lambda ran, view, _: str(ran.roots),
    "fileSize": lambda ran, view, _: None if ran.size is None else str(ran.size),
    "url": plain("url"),
    "partialDataUrl": plain("partial_url"),
    "query": plain("query"),
    "type": lambda ran, view, _: "QUERY",
}
