#!/usr/bin/env python3
"""Runs the tests of the scikit-learn that is installed on pensel's estimators.

    python3 python/tests/run_sklearn_tests.py [PYTEST OPTION]...

The test file is scikit-learn's own, found where it is installed and not touched; the two names it
imports are replaced before it does.
"""

import sys
from pathlib import Path

import pytest
import sklearn.neural_network.tests

sys.path.insert(0, str(Path(__file__).parent))

tests = Path(sklearn.neural_network.tests.__file__).parent / "test_mlp.py"
options = ["-q", "-p", "replace_sklearn", "-p", "no:cacheprovider", "--confcutdir=/"]
sys.exit(pytest.main([*options, str(tests), *sys.argv[1:]]))
