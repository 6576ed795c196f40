"""Errors that a user can mend, apart from faults of the program.

Whatever is raised as a `UserError` says what was given, what was wanted and what to do, and the
command line shows that alone. Every other error is ours and keeps its traceback. The classes are
ValueErrors and OSErrors too, so that who calls the package needs to know nothing of them.
"""

import errno

PLACE = "choose another place, or set HOME or MMCL_DATA to a folder that you may write to"
ADVICE = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "your quota is used up: free some space",
    errno.EACCES: f"you may not do that there: {PLACE}",
    errno.EPERM: f"you may not do that there: {PLACE}",
    errno.EROFS: f"nothing can be written there: {PLACE}",
}  # of the machine and its owner, never of the program


class UserError(Exception):
    """Something that the user can mend."""


class InputError(UserError, ValueError):
    """Something was given that can't be used: an option, a setting, what a file holds."""


class UsageError(InputError):
    """Something was asked for that can't be done; nothing has run."""


class FileError(UserError, OSError):
    """A file or a folder, the network or the machine doesn't give what is needed."""


class MissingFile(FileError, FileNotFoundError):
    """A file or a folder isn't there."""


class NoConnection(FileError, ConnectionError):
    """Something on the network can't be asked, or doesn't answer."""


class MissingPackage(UserError, ModuleNotFoundError):
    """A package isn't installed that this needs."""


class NotFinite(UserError, FloatingPointError):
    """A computation with what was given left the finite numbers."""


def reason(error: OSError) -> str:
    """What the system says, in words and without the file."""
    return error.strerror or str(error) or type(error).__name__


def todo(error: OSError) -> str:
    """What to do about an error of the system; as its kind says where it has no number."""
    number = errno.EACCES if isinstance(error, PermissionError) else error.errno
    return ADVICE.get(number or 0, "choose a folder that you may write to, or free some space")


def explained(error: OSError) -> str | None:
    """An error of the machine in one line with its file; None for one that may be our fault."""
    if error.errno not in ADVICE:
        return None
    files = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return f"{' and '.join(files) or 'a file'}: {reason(error)}; {todo(error)}"


def unreadable(path: object, error: OSError) -> FileError:
    """The error for a file that was named and can't be opened."""
    if isinstance(error, FileNotFoundError):
        return MissingFile(f"there is no {path}; look at the folder and the spelling")
    what = todo(error) if error.errno in (errno.ENOSPC, errno.EDQUOT) else "give a file that can be"
    return FileError(f"{path} can't be read: {reason(error)}; {what}")
