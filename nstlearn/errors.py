"""The exceptions of this package: each says what happened, to which value, and what to do next.

All derive from `NSTError`, so `except nst.NSTError` catches whatever we raise on purpose, and each
also derives from the built-in a Python programmer would expect (`ValueError`, `OSError`, ...).
"""


class NSTError(Exception):
    """Base class of every error that nstlearn raises on purpose."""


class SettingError(NSTError, ValueError):
    """A setting has a value that cannot work: an unknown layer, a negative size, a wrong shape."""


class UnknownNameError(SettingError):
    """A name that is not among those known: a sample picture, a network, a preset."""


class ImageError(NSTError, ValueError):
    """A picture cannot be read or used."""


class ImageTooSmallError(ImageError):
    """A picture has fewer pixels than the deepest layer asked for needs."""


class OutputExistsError(NSTError, FileExistsError):
    """A file is in the way, and overwriting it was not asked for."""


class DownloadError(NSTError, OSError):
    """A file could not be fetched: offline, timed out, too large, wrong hash, disk full."""


class WeightsError(NSTError, ValueError):
    """A file of network weights is damaged or is not what its name says."""


class MissingPackageError(NSTError, ImportError):
    """Something was asked for that needs a package which is not installed."""


class DivergedError(NSTError, ArithmeticError):
    """The loss is no longer a finite number. `best` keeps the best picture so far, or None."""

    def __init__(self, message: str, best=None):
        super().__init__(message)
        self.best = best


class MemoryLimitError(NSTError, MemoryError):
    """The picture does not fit into memory. `fits` is a size in pixels that should."""

    def __init__(self, message: str, fits: int | None = None):
        super().__init__(message)
        self.fits = fits
