"""arq's Worker made safe: woken by intake, holding short leases, surviving Redis, never dropping a job.

Each answer here is to something read in arq 0.28, which the project pins; tests/workers/test_worker.py shows
each one.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextvars import ContextVar
from typing import Any

from arq import Retry, Worker
from arq.constants import in_progress_key_prefix
from arq.utils import timestamp_ms
from arq.worker import Function, func
from redis.asyncio.client import PubSub

from connector import log
from connector.queue import AWAY, WAKES

logger = log.get("worker")

LEASE = 10.0
RENEW = 3.0
#: The fallback where no wake-up comes: deferred jobs, and arq's cron, which counts on it.
POLL = 0.5
PRACTICALLY_UNLIMITED = 1_000_000
FOR_A_NEWER_WORKER = 30.0
#: How long a job that was interrupted has for going back on the queue; its lease would end by itself.
HAND_BACK = 1.0

_score: ContextVar[int] = ContextVar("score")


class SafeWorker(Worker):
    """Runs jobs at least once, within milliseconds of their arrival, whatever happens to Redis."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            *args,
            handle_signals=False,
            poll_delay=POLL,
            max_tries=PRACTICALLY_UNLIMITED,  # at its limit arq deletes a job and calls no hook
            keep_result=0,  # a kept result holds the arguments, and blocks the same job id
            health_check_interval=15,
            queue_read_limit=500,
            log_results=False,
            **kwargs,
        )
        # After kill -9 a job waits for this long; arq would take its time limit, minutes.
        self.in_progress_timeout_s = LEASE
        self.functions = _Functions(self.functions)
        self._woken = asyncio.Event()
        self._polling = asyncio.Lock()

    async def main(self) -> None:
        """Run until cancelled; in burst mode, until the queue is empty."""
        self.ctx["redis"] = self.pool
        helpers = [asyncio.create_task(self._listen()), asyncio.create_task(self._renew_leases())]
        try:
            while not await self._poll_once():
                # Not wait_for: in Python 3.11 it swallows a cancellation that meets the event.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.poll_delay_s):
                        await self._woken.wait()
        finally:
            for helper in helpers:
                helper.cancel()

    async def stop(self, grace: float) -> None:
        """Take no more jobs, let those that run finish for ``grace`` seconds, hand back the rest."""
        self.allow_pick_jobs = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                async with self._polling:  # what is being claimed at this moment starts, and counts
                    pass
                if running := self._running():
                    await asyncio.wait(running)
        if running := self._running():
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=HAND_BACK)
        if self.main_task:
            self.main_task.cancel()
        with contextlib.suppress(*AWAY):
            await self.pool.delete(self.health_check_key)

    def _running(self) -> list[asyncio.Task[Any]]:
        return [task for task in self.tasks.values() if not task.done()]

    async def _poll_once(self) -> bool:
        # Cleared before the queue is read: a job that comes while we read wakes us again.
        self._woken.clear()
        try:
            async with self._polling:
                await self._poll_iteration()
            if self.burst and not await self.pool.zcard(self.queue_name):
                await asyncio.gather(*self.tasks.values())
                return True
        except AWAY as error:
            logger.warning("Redis is away", error=type(error).__name__)
            await asyncio.sleep(POLL)
        return False

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Claim and start what is due, in one round trip for all of it.

        arq makes four for each job, and keeps a job's slot for good when Redis breaks off in between.
        """
        ours = {job_id for job_id, task in self.tasks.items() if not task.done()}
        # Ours stand in the queue too, and after a long absence of Redis without their leases.
        due = [job_id for job_id in map(bytes.decode, job_ids) if job_id not in ours]
        while due and self.job_counter < self.max_jobs:
            free = self.max_jobs - self.job_counter
            claims, due = due[:free], due[free:]
            for job_id, score in await self._claim(claims):
                await self.sem.acquire()
                self.job_counter += 1
                task = self.loop.create_task(self.run_job(job_id, score))
                task.add_done_callback(lambda _: self._release_sem_dec_counter_on_complete())
                self.tasks[job_id] = task

    async def _claim(self, job_ids: list[str]) -> list[tuple[str, int]]:
        """Those jobs that nobody runs and that are still due, now leased to us, with their scores."""
        async with self.pool.pipeline(transaction=False) as pipe:
            for job_id in job_ids:
                pipe.set(
                    in_progress_key_prefix + job_id, b"1", px=int(self.in_progress_timeout_s * 1000), nx=True
                )
                pipe.zscore(self.queue_name, job_id)
            answers = await pipe.execute()
        now = timestamp_ms()
        leased = [
            (job_id, score)
            for job_id, claimed, score in zip(job_ids, answers[::2], answers[1::2], strict=True)
            if claimed
        ]
        # Finished or put off by another worker since we read the queue.
        gone = [job_id for job_id, score in leased if score is None or score > now]
        if gone:
            await self.pool.delete(*[in_progress_key_prefix + job_id for job_id in gone])
        return [(job_id, int(score)) for job_id, score in leased if job_id not in gone]

    def _release_sem_dec_counter_on_complete(self) -> None:
        # A free slot looks for the next job at once.
        super()._release_sem_dec_counter_on_complete()
        self._woken.set()

    async def run_job(self, job_id: str, score: int) -> None:
        """Run a job, remembering when it was due."""
        _score.set(score)
        await super().run_job(job_id, score)

    async def finish_job(
        self, job_id: str, finish: bool, result: bytes | None, result_timeout_s: float | None,
        keep_result_forever: bool, incr_score: int | None, keep_in_progress: float | None,
    ) -> None:  # fmt: skip
        """Take a job off the queue or put it off, however long Redis is away; left there, it would run again.

        arq puts a job off by adding its age and the delay. Where Redis did so and the answer was lost, doing
        it again would put last week's job off into next week: the time is set, not added.
        """
        kept = (result, result_timeout_s, keep_result_forever, None, keep_in_progress)
        while True:
            try:
                if incr_score:
                    await self.pool.zadd(self.queue_name, {job_id: _score.get() + incr_score}, xx=True)
                return await super().finish_job(job_id, finish, *kept)
            except AWAY:
                await asyncio.sleep(POLL)

    async def finish_failed_job(self, job_id: str, result_data: bytes | None) -> None:
        """The same for a job that arq itself gives up: one that has expired."""
        while True:
            try:
                return await super().finish_failed_job(job_id, result_data)
            except AWAY:
                await asyncio.sleep(POLL)

    async def _listen(self) -> None:
        while True:
            try:
                async with self.pool.pubsub() as pubsub:
                    await self._wake_on_messages(pubsub)
            except AWAY:
                await asyncio.sleep(POLL)

    async def _wake_on_messages(self, pubsub: PubSub) -> None:
        await pubsub.subscribe(WAKES[self.queue_name])
        async for _ in pubsub.listen():
            self._woken.set()

    async def _renew_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEW)
            with contextlib.suppress(*AWAY):
                async with self.pool.pipeline(transaction=False) as pipe:
                    for job_id, task in self.tasks.items():
                        if not task.done():
                            pipe.pexpire(in_progress_key_prefix + job_id, int(LEASE * 1000))
                    await pipe.execute()


class _Functions(dict[str, Any]):
    """arq deletes a job whose function it does not know; one of a newer release must wait for it."""

    def __missing__(self, name: str) -> Function:
        async def wait_for_newer(ctx: dict[str, Any], *_: Any, **__: Any) -> None:
            logger.warning("left for a newer worker", job=ctx["job_id"], function=name)
            raise Retry(defer=FOR_A_NEWER_WORKER)

        return func(wait_for_newer, name=name)
