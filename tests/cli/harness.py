"""What the checks of the command line stand on: the program run, and what it printed read.

No child outlives its check, however that ends: each has a process group of its own, which is killed
when the block it was started for is left. And no check waits for a time to pass: it waits for what
it can see, at most for LIMIT.
"""

import contextlib
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import threading
import time

ALL = []
LIMIT = 250  # seconds: only what hangs takes so long, and meson waits a little longer

# A shell that starts something in the background has it ignore SIGINT, and so would all children; what
# is handled here has its default there. What ends this process leaves it by the blocks below.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


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


@contextlib.contextmanager
def started(command, folder, environment, **more):
    """A process for the block that follows; what is left of it and of its children is killed at the end."""
    child = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True,
                             **{"stdin": subprocess.DEVNULL, **more})
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream:
                stream.close()


def run_command(command, folder, environment, input=None, **more):
    """subprocess.run, both streams captured unless told otherwise, nothing to read, and nothing left behind."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    if input is not None:
        pipes["stdin"] = subprocess.PIPE
    with started(command, folder, environment, **pipes) as child:
        out, err = child.communicate(input, timeout=LIMIT)
        return subprocess.CompletedProcess(command, child.returncode, out, err)


def run(words, folder, environment, **more):
    return run_command(["pensel"] + words, folder, environment, **more)


def wait_until(seen, child, pause=0.001):
    """Returns when seen() is true or the child has ended; whoever called finds out which."""
    end = time.monotonic() + LIMIT
    while child.poll() is None and not seen():
        if time.monotonic() > end:
            raise TimeoutError("not seen in %d seconds: %s" % (LIMIT, child.args))
        time.sleep(pause)


def wait_for_output(stream):
    """Until the first bytes come, or the end; takes nothing away from what is read later."""
    if not select.select([stream], [], [], LIMIT)[0]:
        raise TimeoutError("nothing printed in %d seconds" % LIMIT)


def wait_for_usage(child):
    """What it took, once it has ended."""
    overdue = threading.Timer(LIMIT, os.killpg, (child.pid, signal.SIGKILL))
    overdue.start()
    _, status, usage = os.wait4(child.pid, 0)
    overdue.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage


def sanitized(environment):
    """Is this build a sanitizer's? Its memory is not the program's."""
    return b"__asan_init" in open(shutil.which("pensel", path=environment["PATH"]), "rb").read()


def read_json(words, folder, environment):
    done = run(words + ["--json"], folder, environment)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return json.loads(done.stdout)
