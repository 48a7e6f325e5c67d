"""pensel: networks of artificial neurons, and pictures painted by them.

Use ``from pensel import MLPRegressor, MLPClassifier`` instead of scikit-learn's: the same
estimators, computed by a C library.
"""

from pensel import _core
from pensel._classifier import MLPClassifier
from pensel._compact import CompactPainting
from pensel._custom import register_activation
from pensel._export import export, to_onnx
from pensel._files import load
from pensel._functions import Activation, Machine, activation, activations, machine
from pensel._import import from_keras, from_sklearn, from_torch, import_model
from pensel._neuron import Neuron
from pensel._painting import Painting, paint
from pensel._pickle import VersionWarning
from pensel._regressor import MLPRegressor
from pensel._skl2onnx import register_skl2onnx, register_when_imported
from pensel._table import TableClassifier, TableRegressor
from pensel._to_torch import to_torch
from pensel._training import Progress

__version__ = _core.version

__all__ = [
    "Activation",
    "CompactPainting",
    "Machine",
    "MLPClassifier",
    "MLPRegressor",
    "Neuron",
    "Painting",
    "Progress",
    "TableClassifier",
    "TableRegressor",
    "VersionWarning",
    "activation",
    "activations",
    "export",
    "from_keras",
    "from_sklearn",
    "from_torch",
    "import_model",
    "load",
    "machine",
    "paint",
    "register_activation",
    "register_skl2onnx",
    "to_onnx",
    "to_torch",
]

register_when_imported()
del register_when_imported

# What is printed, documented and pickled says where it is imported from, not where it is written.
for _name in __all__:
    if hasattr(globals()[_name], "__module__"):
        globals()[_name].__module__ = "pensel"
del _name
