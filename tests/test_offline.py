"""No request leaves the machine: watched from inside a network of its own.

A socket patched in Python would not see what a library's native code sends. So the program runs
in a network namespace whose only resolver is ours: whoever wants a host must ask it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

# Long enough for what libraries send some seconds after they were loaded.
_WATCHED = """
import sys, time
sys.path.insert(0, sys.argv[1])
from qa import ask
answer = ask("Who vowed to launch cyber-attacks against the US?")
assert answer.citations, answer
time.sleep(12)
"""

_INSIDE = """
import fcntl, socket, struct, subprocess, sys, threading

# Bring the loopback up: SIOCSIFFLAGS with IFF_UP | IFF_RUNNING.
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))
asked = []
resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
resolver.bind(("127.0.0.1", 53))

def listen():
    while True:
        question, _ = resolver.recvfrom(4096)
        asked.append(question[12:].split(b"\\0", 1)[0])

threading.Thread(target=listen, daemon=True).start()
program, *rest = sys.argv[1:]
done = subprocess.run([sys.executable, "-c", program, *rest], timeout=300)
print("asked for", asked)
sys.exit(3 if asked else done.returncode)
"""


def _isolated(program: str, *arguments: str, scratch: Path) -> subprocess.CompletedProcess[str]:
    """Run a program with a network, a resolver and a cache of its own."""
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        pytest.skip("needs `unshare` and root to give the program a network of its own")
    resolver = scratch / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\noptions attempts:1 timeout:1\n")
    script = textwrap.dedent(
        f"""
        mount --bind {resolver} /etc/resolv.conf && exec "$@"
        """
    )
    inside = [sys.executable, "-c", _INSIDE, program, *arguments]
    done = subprocess.run(
        [unshare, "--net", "--mount", "sh", "-c", script, "sh", *inside],
        env={**os.environ, "DATELINE_CACHE": str(scratch / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("this machine does not let us make a network namespace")
    return done


def test_indexing_and_asking_look_no_host_up(repo: Path, tmp_path: Path) -> None:
    done = _isolated(_WATCHED, str(repo), scratch=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("asked for []\n")


def test_the_watch_would_see_a_request(tmp_path: Path) -> None:
    program = "import socket\ntry: socket.getaddrinfo('example.org', 80)\nexcept OSError: pass"
    done = _isolated(program, scratch=tmp_path)
    assert done.returncode == 3
    assert "example" in done.stdout
