"""Dask: a cluster of this machine's processes, or an existing scheduler, with the same code."""

import asyncio
import logging
import os
import re
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

from mmcl.errors import FileError
from mmcl_book.run.worker import THREADS
from mmcl_book.sweep import work

if TYPE_CHECKING:
    from distributed import Client

SECONDS = 5  # to wait for a scheduler
ADDRESS = re.compile(r"(tcp|tls)://[^\s/]+:\d+")
INSTALL = "pip install -c constraints.txt -e '.[sweep]'"
SETTINGS = {
    "distributed.scheduler.allowed-failures": 1,  # then a task runs alone: see dispatch
    "distributed.scheduler.worker-ttl": None,  # a long computation may hold the interpreter
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.admin.low-level-log-length": 100,  # memory stays flat from the first tasks on
}


class ClusterError(FileError):
    """No cluster, or one that can't run this sweep; what was finished is kept."""


@contextmanager
def connected(scheduler: str | None, jobs: int) -> Iterator["Client"]:
    """A client of the scheduler, or of a cluster of `jobs` processes that lives as long.

    Errors: ClusterError when Dask isn't installed or the scheduler doesn't answer.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ClusterError(f"mmcl sweep needs Dask ({error}); run: {INSTALL}") from error
    with ExitStack() as stack:
        logging.disable(logging.CRITICAL)  # what Dask says; the sweep says what went wrong
        stack.callback(logging.disable, logging.NOTSET)
        yield stack.enter_context(remote(scheduler) if scheduler else local(jobs))


@contextmanager
def remote(scheduler: str) -> Iterator["Client"]:
    """A client of an existing scheduler that has workers."""
    from distributed import Client

    check_scheduler(scheduler)
    with Client(scheduler, timeout=SECONDS, set_as_default=False) as client:
        try:
            client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError as error:
            how = f"start one on each machine: dask worker {scheduler} --nthreads 1"
            raise ClusterError(f"the scheduler at {scheduler} has no workers; {how}") from error
        yield client


def check_scheduler(address: str) -> None:
    """Make sure that there is a scheduler; ClusterError says what is there instead."""
    how = "check the address, or start one with: dask scheduler"
    with ThreadPoolExecutor(1) as thread:  # a notebook's own thread has a loop that runs
        try:
            kind = thread.submit(asyncio.run, kind_of(address)).result()
        except TypeError as error:  # tls://, and no certificates
            text = f"no certificates for {address}; give Dask a TLS configuration, or use tcp://"
            raise ClusterError(text) from error
        except (OSError, ValueError, TimeoutError) as error:
            text = f"no scheduler answers at {address} within {SECONDS} s; {how}"
            raise ClusterError(text) from error
    if kind != "Scheduler":
        raise ClusterError(f"at {address} there is a {kind}, and no scheduler; {how}")


async def kind_of(address: str) -> str:
    """What of Dask is at an address. Unlike Dask's client, it never waits for long.

    Errors: OSError or TimeoutError when nothing answers, or something that isn't Dask's.
    """
    from distributed import Security
    from distributed.core import rpc

    secrets = Security().get_connection_args("client")
    async with rpc(address, connection_args=secrets) as there:
        identity: Any = await asyncio.wait_for(there.identity(), SECONDS)
        return identity["type"]


@contextmanager
def local(jobs: int) -> Iterator["Client"]:
    """A client of a cluster of one-thread processes on the loopback interface."""
    import dask.config
    from distributed import Client, LocalCluster

    environment = {f"{name}_NUM_THREADS": "1" for name in THREADS} | {"MMCL_JOBS": "1"}
    temporary = tempfile.TemporaryDirectory(prefix="mmcl-sweep-", ignore_cleanup_errors=True)
    with ExitStack() as stack:
        stack.callback(os.environ.update, dict(os.environ))  # which the nannies change
        stack.callback(os.environ.clear)  # called before
        folder = stack.enter_context(temporary)
        own = {"distributed.nanny.pre-spawn-environ": environment, "temporary-directory": folder}
        stack.enter_context(dask.config.set({**SETTINGS, **own}))
        options: dict[str, Any] = {
            "host": "127.0.0.1",
            "scheduler_kwargs": {"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            "local_directory": folder,
            "memory_limit": None,  # results are small; a pause for memory would never end
            "silence_logs": logging.CRITICAL,
        }
        with interrupts_held():
            cluster = LocalCluster(n_workers=jobs, threads_per_worker=1, **options)
            stack.enter_context(cluster)
            client = stack.enter_context(Client(cluster, set_as_default=False))
        yield client


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back; threads and processes that start meanwhile never get it.

    Dask's workers would each answer it with a traceback. The client ends them in order.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # started later, it would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def check_workers(client: "Client", experiment: str) -> str:
    """Refuse workers that can't run the experiment or have other code; say which ones there are.

    Errors: ClusterError names a worker, what differs and what to do.
    """
    answers: Any = client.run(work.survey, experiment, on_error="return")
    same, devices = work.modules_of(experiment), []
    for address, answer in answers.items():
        again = f"bring the worker {address} to this machine's commit and restart it"
        if isinstance(answer, Exception):
            text = f"{type(answer).__name__}: {answer}".splitlines()[0]
            raise ClusterError(f"a worker can't run {experiment} ({text}); {again}")
        if answer["code"] != work.code_of(experiment):
            theirs = answer["modules"]
            differ = [n for n in same.keys() | theirs.keys() if same.get(n) != theirs.get(n)]
            names = ", ".join(sorted(differ)[:5])
            raise ClusterError(f"a worker has other code for {experiment} ({names}); {again}")
        if answer["problem"]:
            how = "set MMCL_DEVICE to a device that is there, where the workers start"
            device = answer["device"]
            raise ClusterError(f"worker {address} can't use {device} ({answer['problem']}); {how}")
        devices.append(answer["device"])
    counts = [f"{devices.count(device)} on {device}" for device in sorted(set(devices))]
    return f"workers: {', '.join(counts)}"
