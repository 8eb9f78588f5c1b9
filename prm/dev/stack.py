"""`make up`: from an installed environment to a running product, and cleanly back."""

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress

from prm.dev.assets import AssetsBuild, AssetsError
from prm.dev.broker import Broker, BrokerError, choose_broker
from prm.dev.children import Child, Children, Watch
from prm.dev.development import (
    MigrationError,
    database_environment,
    development_server,
    make_database,
    migrate,
    run_migrations,
)
from prm.dev.identity import EmbeddedUnavailableError
from prm.dev.locks import FileLock
from prm.dev.paths import DATA, LOGS, ROOT
from prm.dev.postgres import PostgresError
from prm.dev.running import RunningStack, announce, running_stack, stack_lock, withdraw
from prm.dev.server import SharedServer

FIRST_PAGE = "/"
READY_SECONDS = 180


class StackError(RuntimeError):
    """The stack could not start or fell over; the message says why."""


class StoppedError(Exception):
    """The user asked to stop before everything was up."""


def up(*, host: str, port: int) -> int:
    """Start everything, wait for a signal or a death, stop everything. Returns the exit code."""
    lock = FileLock(stack_lock(DATA))
    if not lock.try_take():
        return report_running()
    withdraw(DATA)  # what a launcher that was killed left behind is not about this one
    try:
        refuse_taken_port(host, port)
        return Stack(host, port).run()
    except (StackError, EmbeddedUnavailableError, PostgresError, BrokerError, MigrationError, AssetsError) as error:
        print(f"\n{error}", file=sys.stderr, flush=True)
        return 1
    finally:
        withdraw(DATA)
        lock.release()


def report_running() -> int:
    """Say what runs already."""
    stack = running_stack(DATA)
    if stack is None:
        say("Another `make up` of this checkout is just starting or stopping.")
        return 1
    say(f"Already running at {stack.url} (process {stack.pid}). Stop it there with Ctrl-C, or: kill {stack.pid}")
    return 0


def refuse_taken_port(host: str, port: int) -> None:
    """Find out before anything is started.

    Raises:
        StackError: when another program listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StackError(
                f"Port {port} on {host} cannot be used: {error.strerror}. Choose another: PORT={port + 1} make up"
            ) from error


def say(text: str) -> None:
    """A line for the user, at once also through a pipe."""
    print(text, flush=True)


class Stack:
    """One run of `make up`."""

    def __init__(self, host: str, port: int) -> None:
        shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host  # noqa: S104  (only compared)
        self.host, self.port = host, port
        self.url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
        self.started = time.monotonic()
        self.watch = Watch()
        self.server: SharedServer | None = None
        self.server_gone = False
        self.broker: Broker | None = None
        self.children = Children(LOGS, os.environ)
        self.answer = 0

    def run(self) -> int:
        """The whole life of the stack."""
        assets = AssetsBuild.start(LOGS)
        try:
            shared = self.start_services()
            self.children.environment |= shared
            self.step("Migrating the database", self.migrate)
            self.step("Building fonts, icons and scripts", assets.wait)
            sign_ins = self.make_demo()
            self.start_processes()
            self.wait_until_ready()
            announce(DATA, RunningStack(self.url, os.getpid(), self.announced(shared)))
            self.greet(sign_ins)
            return self.wait_for_the_end()
        except StoppedError:
            return 0
        finally:
            assets.cancel()
            self.stop()

    def step(self, what: str, work: Callable[[], object]) -> None:
        """Do one thing of the start, unless the user has asked to stop."""
        if self.watch.stop_asked:
            raise StoppedError
        began = time.monotonic()
        work()
        if time.monotonic() - began > 1:
            say(f"{what}: {time.monotonic() - began:.1f} s")
        if self.watch.stop_asked:
            raise StoppedError

    def start_services(self) -> dict[str, str]:
        """Database and broker, each only if the environment names none. Returns their addresses."""
        addresses = {
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "prm.settings.dev"),
            "DEBUG": os.environ.get("DEBUG", "0"),  # the product as its users see it, with its own error pages
        }
        if not os.environ.get("DATABASE_URL"):
            server = development_server()
            server.acquire()
            self.server = server
            server.when_gone(self.on_server_gone)
            make_database(server)
            addresses |= database_environment(server)
        if not os.environ.get("CELERY_BROKER_URL"):
            self.broker = choose_broker(DATA)
            self.broker.start()
            if self.broker.process is not None:
                self.children.tell_guardian("+", self.broker.process.pid)
            addresses |= {name: value for name, value in self.broker.environment().items() if not os.environ.get(name)}
        return addresses

    def announced(self, shared: dict[str, str]) -> dict[str, str]:
        """What `manage.py` commands of this checkout need to join in; they find the embedded database themselves."""
        own = {"DATABASE_URL", "DATABASE_OWNER_URL"}
        given = {name: os.environ[name] for name in own if os.environ.get(name)}
        joined = {"CELERY_BROKER_URL", "CELERY_BROKER_TRANSPORT_OPTIONS", "REDIS_URL"}
        return given | {name: value for name, value in self.children.environment.items() if name in joined}

    def on_server_gone(self) -> None:
        """The database ended under us."""
        self.server_gone = True
        self.watch.wake()

    def migrate(self) -> None:
        """Bring the schema up to date, as the owner."""
        if self.server is not None:
            migrate(self.server)
        else:
            run_migrations({})

    def make_demo(self) -> str:
        """The demo companies, once for each embedded database, unless DEMO=0. Returns the sign-ins to print."""
        commands = [*ROOT.glob("*/management/commands/demo.py"), *ROOT.glob("prm/*/management/commands/demo.py")]
        if self.server is None or not commands or os.environ.get("DEMO") == "0":
            return ""
        kept = self.server.cluster.home / "demo-sign-ins.txt"
        if kept.exists():
            return kept.read_text()
        say("Making the demo companies, once ...")
        began = time.monotonic()
        demo = self.children.spawn("demo", [sys.executable, ROOT / "manage.py", "demo", "--yes"])
        while demo.process.poll() is None and not self.watch.stop_asked and not self.server_gone:
            self.watch.sleep()
        if self.watch.stop_asked:
            raise StoppedError
        code = demo.process.wait()
        self.children.forget("demo")
        if code:
            # The product is usable without them, and what went wrong is easier to see with it running.
            say(f"The demo companies could not be made (see {demo.log}):\n{demo.last_lines(5)}")
            return ""
        text = demo.log.read_text(errors="replace").strip()
        kept.write_text(text)
        kept.chmod(0o600)
        say(f"Demo companies: {time.monotonic() - began:.1f} s")
        return text

    def start_processes(self) -> None:
        """Worker, beat, web."""
        python = [sys.executable, "-m"]
        # A worker whose launcher was killed must not finish its tasks first: database and broker are going too.
        self.children.spawn(
            "worker",
            [*python, "celery", "-A", "prm.celery", "worker", "--concurrency", "2", "--loglevel", "INFO",
             "--without-gossip", "--without-mingle", "--hostname", "worker@%h"],
            on_parent_death=signal.SIGQUIT,
            grace=20,
        )  # fmt: skip
        # An empty pid file: a stale one would block the start.
        self.children.spawn("beat", [*python, "celery", "-A", "prm.celery", "beat", "--pidfile=", "--loglevel", "INFO"])
        self.children.spawn(
            "web",
            [*python, "granian", "--interface", "wsgi", "--host", self.host, "--port", str(self.port),
             "--workers", "1", "--blocking-threads", "4", "--no-ws", "prm.wsgi:application"],
        )  # fmt: skip

    def wait_until_ready(self) -> None:
        """Until the first HTTP 200.

        Raises:
            StackError: when a process dies first, or the page does not come.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not self.answer:
            self.refuse_death()
            if self.watch.stop_asked:
                raise StoppedError
            if time.monotonic() > deadline:
                web = self.children.all["web"]
                raise StackError(f"No page came within {READY_SECONDS} s. From {web.log}:\n{web.last_lines()}")
            self.answer = first_answer(self.host, self.port)
            if not self.answer:
                self.watch.sleep(0.05)

    def refuse_death(self) -> None:
        """Notice the death of any part.

        Raises:
            StackError: with the last lines of the one that died.
        """
        if self.server_gone and self.server is not None:
            raise StackError(f"The database server ended.\n{self.server.cluster.last_lines()}")
        if self.broker is not None and self.broker.process is not None and self.broker.process.poll() is not None:
            raise StackError(f"Redis ended with code {self.broker.process.returncode}.")
        dead = self.children.dead()
        if dead is not None:
            raise StackError(death_notice(dead))

    def greet(self, sign_ins: str) -> None:
        """What the user has waited for."""
        say(f"\n  {self.url}   (ready after {time.monotonic() - self.started:.1f} s)\n")
        if self.answer != 200:
            # Up all the same: someone who works on the code needs the error page, not an empty terminal.
            say(f"  The first page answers with HTTP {self.answer}. See {LOGS / 'web.log'}.\n")
        if sign_ins:
            say(sign_ins + "\n")
        say(f"Logs: {LOGS.relative_to(ROOT)}/   Stop with Ctrl-C.")

    def wait_for_the_end(self) -> int:
        """Sleep until told to stop.

        Raises:
            StackError: when a part dies.
        """
        while not self.watch.stop_asked:
            self.refuse_death()
            self.watch.sleep()
        say("\nStopping ...")
        return 0

    def stop(self) -> None:
        """In the order in which the parts need each other. A second Ctrl-C meanwhile changes nothing."""
        withdraw(DATA)
        self.children.stop("demo", "web", "beat")
        self.children.stop("worker")
        if self.broker is not None:
            if self.broker.process is not None:
                self.children.tell_guardian("-", self.broker.process.pid)
            self.broker.stop()
        self.children.dismiss_guardian()
        if self.server is not None:
            self.server.release()


def death_notice(child: Child) -> str:
    """Which process ended how, with its last lines."""
    code = child.process.returncode
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return f"The {child.name} process {how}; the rest is stopped. From {child.log}:\n{child.last_lines()}"


def first_answer(host: str, port: int) -> int:
    """The HTTP status of the first page, after its redirects; 0 while there is no answer."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (only compared)
    path = FIRST_PAGE
    with suppress(OSError, http.client.HTTPException):
        for _redirect in range(5):
            with closing(http.client.HTTPConnection(target, port, timeout=30)) as connection:
                connection.request("GET", path, headers={"Host": f"localhost:{port}"})
                response = connection.getresponse()
                response.read()
                location = response.getheader("Location")
                if response.status not in {301, 302, 303, 307, 308} or not location:
                    return response.status
                path = location if location.startswith("/") else "/" + location.split("/", 3)[-1]
    return 0
