"""One extension serves every CPython from 3.11 on, those to come among them: it uses nothing but
the stable interface. What that is knows abi3audit, of the packaging authority."""

import subprocess
import sys

import pytest

from pensel import _core


def test_the_extension_uses_the_stable_interface_alone():
    pytest.importorskip("abi3audit")
    if ".abi3." not in _core.__file__:
        pytest.skip("built for one version of Python")
    done = subprocess.run(
        [sys.executable, "-m", "abi3audit", "--strict", "--assume-minimum-abi3", "3.11", _core.__file__],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
