"""Kernels that are forked from a process which has imported what chapters import.

Of a chapter's seconds, three to five are imports. A worker that executes several chapters keeps a
process that has them behind it, the standard library's fork server, and each kernel begins as a
copy of it. It has no thread but one of pyarrow's allocator, which expects forks. Only on Linux:
elsewhere libraries don't bear them.
"""

import importlib
import os
import sys
import threading
from contextlib import suppress
from multiprocessing import forkserver, get_context, parent_process, set_forkserver_preload
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from mmcl_book.run import kernel

PLACES = [place for place in sys.path if place]  # of the fork server: a fresh Python's

for name in os.environ.get("MMCL_IMPORTS", "").split():  # in the fork server
    with suppress(Exception):  # the chapter that imports it says what is wrong
        importlib.import_module(name)
if "pandas" in sys.modules:  # where it is imported without a kernel, it takes this for a terminal
    sys.modules["pandas"].set_option("display.max_columns", 20)


def start() -> None:
    """Start this process's fork server, which soon has what MMCL_IMPORTS names.

    Where it can't be had, as with a TMPDIR too long for a socket's name, that becomes empty.
    """
    set_forkserver_preload([__name__])
    # Matplotlib and ipykernel look these up when they are imported; who starts a kernel sets them.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    try:
        forkserver.ensure_running()
    except OSError:
        os.environ["MMCL_IMPORTS"] = ""


class Child:
    """A forked process with what a provisioner asks of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess):
        self._process, self.pid = process, process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self.poll()

    def send_signal(self, number: int) -> None:
        os.kill(self.pid or 0, number)


class Provisioner(LocalProvisioner):
    """Starts kernels by the fork server; as any other kernel, if it is gone."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel for the command `python -m mmcl_book.run.kernel ...`."""
        environment = dict(kwargs["env"], MMCL_IMPORTS="")
        self.cwd: Any = kwargs.get("cwd", Path.cwd())
        given = cmd[3:], environment, os.fspath(self.cwd)
        process = get_context("forkserver").Process(target=serve, args=given)
        try:
            process.start()
        except (OSError, EOFError):
            return await super().launch_kernel(cmd, **kwargs)
        self.process: Any = Child(process)
        self.pid = self.pgid = process.pid
        return self.connection_info


def serve(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """What a forked kernel does: it becomes the process that the command would have started.

    The fork server lives as long as its kernels do, so they watch the worker itself.
    """
    threading.Thread(target=end_with_the_worker, daemon=True).start()
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = PLACES
    sys.argv[1:] = arguments
    kernel.main()


def end_with_the_worker() -> None:
    """End this process as soon as the one that asked for it is gone."""
    if worker := parent_process():
        worker.join()
        os._exit(1)
