"""Serving the files that bulk operations leave, as Google's storage does, with ranges."""

import re
from typing import Final

from aiohttp import web

from connector.simulator.admin.bulk.operation import Operation
from connector.simulator.admin.bulk.runs import chunks
from connector.simulator.admin.faults import Faults

_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")
EXPIRED: Final = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code></Error>"


def is_expired(ran: Operation, faults: Faults) -> bool:
    most, bytes_most = faults.expire_after_downloads, faults.expire_after_bytes
    return bool(most and ran.downloads >= most) or bool(bytes_most and ran.served >= bytes_most)


async def serve(
    request: web.Request, ran: Operation | None, faults: Faults, *, broken: bool
) -> web.StreamResponse:
    """`broken` ends this download early, without a word."""
    if ran is None or str(request.url.path) not in (ran.url or "") + (ran.partial_url or ""):
        return _error(404, "NoSuchKey")
    if is_expired(ran, faults):
        code = "ExpiredToken" if faults.expired_status == 403 else "NoSuchKey"
        return _error(faults.expired_status, code)
    size = ran.file.stat().st_size
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    begin = int(wanted[1]) if wanted else 0
    end = min(size, int(wanted[2]) + 1) if wanted and wanted[2] else size
    if wanted and begin >= size:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    ran.downloads += 1
    answer = web.StreamResponse(
        status=206 if wanted else 200,
        headers={"Accept-Ranges": "bytes", "Content-Type": "application/jsonl"},
    )
    if wanted:
        answer.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    answer.content_length = end - begin
    await answer.prepare(request)
    stop = begin + faults.break_after_bytes if broken else end
    if faults.expire_after_bytes:
        stop = min(stop, begin + max(0, faults.expire_after_bytes - ran.served))
    for some in chunks(ran.file, begin, min(end, stop)):
        await answer.write(some)
        ran.served += len(some)
    if stop < end and request.transport is not None:
        request.transport.close()
        return answer
    await answer.write_eof()
    return answer


def _error(status: int, code: str) -> web.Response:
    return web.Response(status=status, text=EXPIRED.format(code=code), content_type="application/xml")
