"""How many threads work: ``n_threads``, the share that joblib and dask give, and threadpoolctl.

joblib's and dask's worker processes are told by OMP_NUM_THREADS how many threads are their share.
Threads of one process share the library's threads: see `pensel_context` in include/pensel/base.h.
"""

import os

import threadpoolctl

from pensel import _core

_ALL = _core.machine()[1]
_SHARE = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
_USUAL = int(_SHARE) if _SHARE.isdecimal() and "PENSEL_THREADS" not in os.environ else 0

_limit = 0  # of threadpoolctl; 0: none


def threads(n_threads):
    """What the library is told: a number, or 0 for its own choice."""
    if n_threads is not None and n_threads < 0:
        return max(1, _ALL + 1 + int(n_threads))
    return int(n_threads or _USUAL)


def used():
    """How many threads a call uses that names no number."""
    usual = _USUAL or _ALL
    return min(usual, _limit) if _limit else usual


class Controller(threadpoolctl.LibController):
    """What threadpoolctl is told of this package: its extension is a library with threads.

    A limit holds for the process, whatever `n_threads` says, until the usual number is set again.
    """

    user_api = "pensel"
    internal_api = "pensel"
    filename_prefixes = ("_core",)
    check_symbols = ("pensel_python_limit_threads",)

    def get_num_threads(self):
        return _limit or _USUAL or _ALL

    def set_num_threads(self, num_threads):
        global _limit
        _limit = 0 if num_threads == (_USUAL or _ALL) else max(1, int(num_threads))
        _core.limit_threads(_limit)

    def get_version(self):
        return _core.version


threadpoolctl.register(Controller)
