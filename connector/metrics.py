"""What the ingress counts, in Prometheus' words."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "connector_webhooks_received_total",
    "Webhook requests by the status they were answered with.",
    ["status"],
    registry=REGISTRY,
)
ACKNOWLEDGE_SECONDS = Histogram(
    "connector_acknowledge_seconds",
    "From a whole request to its durable acknowledgement.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
WAITING_REQUESTS = Gauge(
    "connector_intake_waiting_requests", "Requests that wait for Redis to confirm.", registry=REGISTRY
)
WAITING_BYTES = Gauge("connector_intake_waiting_bytes", "Their bodies' bytes.", registry=REGISTRY)


def exposition() -> bytes:
    """The metrics of this process in Prometheus' text format."""
    return generate_latest(REGISTRY)
