"""The examples run from top to bottom, the tutorial's own code among them."""

import subprocess
import sys
from pathlib import Path

import pytest

examples = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize("name", sorted(path.stem for path in examples.glob("*.py")))
def test_example(name, tmp_path):
    pytest.importorskip("PIL")
    pytest.importorskip("matplotlib")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", examples / f"{name}.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"MPLBACKEND": "agg", "PATH": "/usr/bin:/bin", "MPLCONFIGDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"{name}.png").stat().st_size > 1000
    if name == "tutorial":
        assert "neuron: -0.05" in done.stdout
