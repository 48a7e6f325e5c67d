#!/usr/bin/env python3
"""Runs the tests of the installed scikit-learn on pensel's estimators.

    python3 python/tests/run_sklearn_tests.py [PYTEST OPTION]...

The test file is scikit-learn's own, unmodified, in the place where it is installed; the two names
it imports are replaced beforehand.
"""

import sys
from pathlib import Path

import pytest
import sklearn.neural_network.tests

sys.path.insert(0, str(Path(__file__).parent))

tests = Path(sklearn.neural_network.tests.__file__).parent / "test_mlp.py"
options = ["-q", "-p", "replace_sklearn", "-p", "no:cacheprovider", "--confcutdir=/"]
sys.exit(pytest.main([*options, str(tests), *sys.argv[1:]]))
