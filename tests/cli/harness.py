"""What the checks of the command line stand on: the program run, and what it printed read."""

import json
import pty
import shutil
import subprocess



ALL = []


class Skip(Exception):
    """Raised by a check that cannot be made on this machine."""


def open_terminal():
    try:
        return pty.openpty()
    except OSError as error:
        raise Skip("no pseudo-terminals here: %s" % error)


def check(name):
    def add(function):
        ALL.append((name, function))
        return function
    return add


def run(words, folder, environment, **more):
    return subprocess.run(["pensel"] + words, cwd=folder, env=environment, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120, **more)


def sanitized(environment):
    """Is this build a sanitizer's? Its memory is not the program's."""
    return b"__asan_init" in open(shutil.which("pensel", path=environment["PATH"]), "rb").read()


def read_json(words, folder, environment):
    done = run(words + ["--json"], folder, environment)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return json.loads(done.stdout)
