"""Who may open the page: names and passwords from a file, hashed with scrypt or plain.

A line of the file is ``name:password``, or better ``name:$scrypt$ln=15,r=8,p=3$<salt>$<hash>``: the
PHC string format, whose salt and hash are base64 without padding. ``python -m qa.web.logins NAME``
asks for a password and prints such a line. Empty lines and those that begin with ``#`` are left
out.
"""

from __future__ import annotations

import base64
import binascii
import getpass
import hashlib
import hmac
import logging
import re
import secrets
import stat
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qa import DatelineError

_LOG = logging.getLogger(__name__)

# OWASP's Password Storage Cheat Sheet names N = 2^15, r = 8, p = 3 and N = 2^17, r = 8, p = 1 as
# equally strong; the first needs 32 MB at a time, which a small server can spare.
_LN, _R, _P = 15, 8, 3
# What is accepted from a file: at most 1 GB and some seconds for one password.
_MAX_LN, _MAX_R, _MAX_P = 20, 32, 16
_SALT_BYTES, _HASH_BYTES = 16, 32
# Hashing takes memory and a core, and anybody may try to log in.
_CHECKS_AT_ONCE = 2
_PHC = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([\w+/]+)\$([\w+/]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Hash:
    """A password as scrypt hashes it; `ln` is the logarithm of N to the base 2."""

    ln: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> _Hash:
        draft = cls(_LN, _R, _P, secrets.token_bytes(_SALT_BYTES), b"\0" * _HASH_BYTES)
        return cls(_LN, _R, _P, draft.salt, draft.hash(password))

    def hash(self, password: str) -> bytes:
        n = 1 << self.ln
        return hashlib.scrypt(
            password.encode(),
            salt=self.salt,
            n=n,
            r=self.r,
            p=self.p,
            # 128·N·r bytes is what scrypt needs (RFC 7914), and OpenSSL a little beside it.
            maxmem=128 * self.r * (n + self.p + 2),
            dklen=len(self.digest),
        )

    def __str__(self) -> str:
        return (
            f"$scrypt$ln={self.ln},r={self.r},p={self.p}${_encoded(self.salt)}"
            f"${_encoded(self.digest)}"
        )


class Logins:
    """The names and passwords that open the page.

    Parameters
    ----------
    hashes : mapping of str to str
        Passwords by name, each in the PHC string format.

    Examples
    --------
    >>> logins = Logins({"ada": hash_password("lovelace")})
    >>> logins.check("ada", "lovelace"), logins.check("ada", "byron"), logins.check("eve", "")
    (True, False, False)
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = {name: _parsed(text) for name, text in hashes.items()}
        # Checked for names that there are not: the time taken tells nobody which ones there are.
        self._decoy = next(iter(self._hashes.values()), _Hash.of(""))
        self._turnstile = threading.BoundedSemaphore(_CHECKS_AT_ONCE)

    @classmethod
    def read(cls, path: Path) -> Logins:
        """Those of a file.

        Raises
        ------
        DatelineError
            The file cannot be read, holds no login, or a line is none: its number and what is
            wrong with it, never what stands there.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise DatelineError(f"the logins in {path} cannot be read: {reason}") from error
        hashes: dict[str, str] = {}
        has_plain = False
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                name, password = _login_of(line, hashes)
                is_hash = password.startswith("$")
                hashes[name] = str(_parsed(password)) if is_hash else hash_password(password)
            except ValueError as error:
                raise DatelineError(f"{path}, line {number}: {error}") from error
            has_plain |= not is_hash
        if not hashes:
            raise DatelineError(f"{path} holds no login; write lines name:password into it")
        _warn(path, has_plain=has_plain)
        return cls(hashes)

    def check(self, name: str, password: str) -> bool:
        """Whether the password is that of the name."""
        known = self._hashes.get(name)
        expected = known or self._decoy
        with self._turnstile:
            is_same = hmac.compare_digest(expected.hash(password), expected.digest)
        return is_same and known is not None


def hash_password(password: str) -> str:
    """The password's scrypt hash in the PHC string format, with a salt of its own."""
    return str(_Hash.of(password))


def _login_of(line: str, known: Mapping[str, str]) -> tuple[str, str]:
    name, colon, password = line.partition(":")
    name = name.strip()
    if not colon:
        raise ValueError("there is no colon; write name:password")
    if not name:
        raise ValueError("there is no name before the colon; write name:password")
    if name in known:
        raise ValueError(f"{name!r} stands there already; name each user once")
    # Blanks around are more often a slip than part of a password.
    if not password.strip():
        raise ValueError(f"{name!r} has no password; write name:password")
    return name, password.strip()


def _parsed(text: str) -> _Hash:
    found = _PHC.fullmatch(text)
    if found is None:
        raise ValueError(
            "a password that begins with $ is a hash, and this one is none of the form "
            "$scrypt$ln=15,r=8,p=3$salt$hash; make one with `python -m qa.web.logins NAME`"
        )
    ln, r, p = (int(number) for number in found.groups()[:3])
    if not (1 <= ln <= _MAX_LN and 1 <= r <= _MAX_R and 1 <= p <= _MAX_P):
        raise ValueError(
            f"the hash has ln={ln}, r={r}, p={p}; at most {_MAX_LN}, {_MAX_R} and {_MAX_P}, and "
            "at least 1, are taken"
        )
    try:
        salt, digest = _decoded(found[4]), _decoded(found[5])
    except (binascii.Error, ValueError) as error:
        raise ValueError("the hash's salt or digest is no base64; make the line anew") from error
    if len(digest) < _SALT_BYTES:
        raise ValueError(f"the hash has {len(digest)} bytes, at least {_SALT_BYTES} are wanted")
    return _Hash(ln, r, p, salt, digest)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _warn(path: Path, *, has_plain: bool) -> None:
    is_open = path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    if has_plain and is_open:
        _LOG.warning(
            "%s holds passwords in plain text and can be read by others on this machine; hash "
            "them with `python -m qa.web.logins NAME`, or `chmod 600` it",
            path,
        )


def _main() -> None:
    name = " ".join(sys.argv[1:]).strip()
    if not name or ":" in name:
        sys.exit("python -m qa.web.logins NAME prints a line for --auth-file; NAME has no colon")
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not password.strip():
        sys.exit("the password is empty; nothing was made")
    sys.stdout.write(f"{name}:{hash_password(password)}\n")


if __name__ == "__main__":
    _main()
