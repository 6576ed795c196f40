"""A Python kernel that ends when the process that started it is gone.

Run as `python -m mmcl_book.run.kernel -f CONNECTION_FILE`. It is this environment's Python whatever
kernels are installed for the user, and a killed run leaves no kernel behind.
"""

import os
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

from mmcl.errors import UserError, explained
from mmcl_book.console import REPORT

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager

SECONDS = 0.5  # between two looks at the parent
# glibc keeps freed memory instead of handing it back at each step, which costs up to half the time.
MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": "2000000000",
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
    "MALLOC_TOP_PAD_": "67108864",
}


def watch_parent() -> None:
    """End this process as soon as its parent is another one than at the start."""
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(SECONDS)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


def manager(fork: bool = False) -> "type[AsyncKernelManager]":
    """The kernel manager class that starts this module instead of an installed kernel.

    fork: by this process's fork server, see `mmcl_book.run.forked`.
    """
    from jupyter_client.manager import AsyncKernelManager

    class Manager(AsyncKernelManager):
        def __init__(self, **given: Any):
            super().__init__(**given)
            if fork:
                from mmcl_book.run import forked

                self.provisioner = forked.Provisioner(kernel_spec=self.kernel_spec, parent=self)

        def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
            file = os.path.realpath(self.connection_file)
            command = [sys.executable, "-m", "mmcl_book.run.kernel", "-f", file]
            return command + (extra_arguments or [])

    return Manager


def described(error: Exception) -> str:
    """Why a chapter failed; with the traceback where neither its cells nor its files are why.

    A cell's own traceback is in papermill's text.
    """
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillException

    known = isinstance(error, UserError | PapermillException | DeadKernelError)
    if known or (isinstance(error, OSError) and explained(error)):
        return f"{type(error).__name__}: {error}".strip()
    return "".join(traceback.format_exception(error)).strip() + f"\n{REPORT}"


def main() -> None:
    """Start the kernel; the current folder is not searched for modules meanwhile."""
    watch_parent()
    if sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 (compared with what Python put there)
        del sys.path[0]
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
