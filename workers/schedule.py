"""What runs by the clock."""

from __future__ import annotations

from arq.cron import CronJob, cron

from workers import api, forget, jobs
from workers.commands import jobs as tills

SCHEDULE: list[CronJob] = [
    cron(jobs.keep_days, name="keep_days", minute={7}, run_at_startup=False, timeout=60),
    cron(forget.keep_changes, name="keep_changes", minute={22}, run_at_startup=False, timeout=60),
]

API_SCHEDULE: list[CronJob] = [
    cron(api.refetch_all, name="refetch_all", second=set(range(0, 60, 5)), run_at_startup=True, timeout=60),
    cron(tills.commands_due, name="commands_due", second=set(range(60)), run_at_startup=True, timeout=60),
    cron(api.keep_current, name="keep_current", second=set(range(2, 60, 5)), run_at_startup=True, timeout=60),
    cron(api.subscribe_all, name="subscribe_all", minute={3, 18, 33, 48}, run_at_startup=True, timeout=60),
]
