"""Who holds a lease: a name that another process of the same machine can tell dead."""

import functools
import os
import platform
import uuid
from pathlib import Path

_SEPARATOR = "/"


def worker_name() -> str:
    """A new name for a worker of this process: machine, process id and a random part."""
    return _SEPARATOR.join((_machine(), str(os.getpid()), uuid.uuid4().hex[:8]))


def is_dead(name: str) -> bool:
    """Whether the worker's process is known to be gone; of another machine or container nothing is known.

    A process id that was given away anew counts as alive: then the lease has to run out.
    """
    machine, _, rest = name.partition(_SEPARATOR)
    number = rest.partition(_SEPARATOR)[0]
    if machine != _machine() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def process_of(name: str) -> str:
    """The worker for people: its process id here, else the name as it is."""
    machine, _, rest = name.partition(_SEPARATOR)
    return f"process {rest.partition(_SEPARATOR)[0]}" if machine == _machine() else name


@functools.cache
def _machine() -> str:
    """Processes of equal names see each other's process ids: the boot and, in containers, the name space count."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{platform.node()}.{boot[:8]}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return f"{platform.node()}.{uuid.getnode():x}"
