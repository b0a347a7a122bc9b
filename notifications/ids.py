"""UUIDv7 public ids (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 bits nobody can guess.

Within one process the ids rise strictly, so that rows made together keep their order; two processes share no state,
and a forked child starts afresh. The identity of a row is not its business time: the ids use the machine's clock.
"""

import os
import secrets
import threading
import time
import uuid

_RANDOM_BITS = 74
_TAIL_BITS = 62
_lock = threading.Lock()
_last_ms = 0
_last_random = 0


def uuid7() -> uuid.UUID:
    """A new id, greater than every id this process made before."""
    global _last_ms, _last_random
    with _lock:
        ms = time.time_ns() // 1_000_000
        if ms > _last_ms:
            # The top bit stays free, so that the steps below cannot run over within any real millisecond.
            drawn = secrets.randbits(_RANDOM_BITS - 1)
        else:
            # Same millisecond, or the clock was set back: stay on the last one and step by a random amount, so that a
            # neighbour's id cannot be had by adding one.
            ms = _last_ms
            drawn = _last_random + 1 + secrets.randbits(32)
            if drawn >> _RANDOM_BITS:
                ms, drawn = ms + 1, secrets.randbits(_RANDOM_BITS - 1)
        _last_ms, _last_random = ms, drawn
    value = (ms & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (drawn >> _TAIL_BITS) << 64
    value |= 0b10 << 62
    value |= drawn & (1 << _TAIL_BITS) - 1
    return uuid.UUID(int=value)


def milliseconds(value: uuid.UUID) -> int:
    """The Unix milliseconds at which a UUIDv7 was made."""
    return value.int >> 80


def _forget() -> None:
    global _lock, _last_ms, _last_random
    _lock = threading.Lock()
    _last_ms = _last_random = 0


os.register_at_fork(after_in_child=_forget)
