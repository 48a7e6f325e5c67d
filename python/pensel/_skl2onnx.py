"""skl2onnx's converter of estimators: the graph of `to_onnx` becomes a part of a pipeline's.

It is registered as soon as both packages are imported, in either order; skl2onnx is not imported for it.
"""

import importlib.abc
import importlib.util
import sys

from pensel._classifier import MLPClassifier
from pensel._export import to_onnx
from pensel._regressor import MLPRegressor


def register_skl2onnx():
    """Make skl2onnx convert `MLPRegressor` and `MLPClassifier`, alone, in pipelines and wherever it
    converts estimators.

    Their own scaling, encodings and labels go along. Importing both packages does it already, so
    this is for who has registered another converter: scikit-learn's, for its own classes of these
    names, is wrong for pensel's without an error, since it knows of none of these. `TableRegressor` and `TableClassifier` take a
    table as it is, so there is nothing to put before them: `to_onnx` is theirs.

    See Also
    --------
    to_onnx : One estimator, without skl2onnx.

    Examples
    --------
    >>> import numpy as np, pensel
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import PolynomialFeatures
    >>> x, y = load_iris(return_X_y=True)
    >>> iris = pensel.MLPClassifier((8,), scale_inputs="standard", random_state=1, max_iter=500)
    >>> pipeline = make_pipeline(PolynomialFeatures(), iris).fit(x, y)
    >>> model = skl2onnx.to_onnx(pipeline, x[:1].astype(np.float32))  # doctest: +SKIP
    """
    from skl2onnx import update_registered_converter

    update_registered_converter(MLPRegressor, "PenselMLPRegressor", _regressor_shape, _convert)
    # what skl2onnx's own parts do with labels and probabilities
    options = {
        "zipmap": [True, False, "columns"],
        "output_class_labels": [False, True],
        "nocl": [True, False],
    }
    update_registered_converter(
        MLPClassifier, "PenselMLPClassifier", _classifier_shape, _convert, options=options
    )


class _Watch(importlib.abc.MetaPathFinder):
    """Is asked for modules until skl2onnx is imported, and registers when that is done."""

    def find_spec(self, name, path, target=None):
        if name != "skl2onnx":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            runs = spec.loader.exec_module

            def run(module):
                runs(module)
                register_skl2onnx()

            spec.loader.exec_module = run
        return spec


def register_when_imported():
    """Registers now if skl2onnx is imported, else when it will be."""
    if "skl2onnx" in sys.modules:
        register_skl2onnx()
    elif not any(type(finder).__name__ == _Watch.__name__ for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


def _rows(operator):
    """How many rows come in, where that is known."""
    shape = operator.inputs[0].type.shape
    return shape[0] if shape else None


def _regressor_shape(operator):
    from skl2onnx.common.data_types import FloatTensorType

    est = operator.raw_operator
    operator.outputs[0].type = FloatTensorType([_rows(operator), est.n_outputs_])


def _classifier_shape(operator):
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    est, rows = operator.raw_operator, _rows(operator)
    several, count = est._codes() is None, len(est.classes_)
    label = StringTensorType if est.classes_.dtype.kind in "UO" else Int64TensorType
    operator.outputs[0].type = label([rows, count] if several else [rows])
    operator.outputs[1].type = FloatTensorType([rows, count])


def _model(est, container):
    """The estimator's own model. Its operators mean the same in all newer opsets: since their own,
    they have only come to take more types."""
    import onnx

    model = onnx.load_model_from_string(to_onnx(est))
    wanted = container.target_opset_any_domain("")
    own = next(o.version for o in model.opset_import if not o.domain)
    if wanted < own:
        raise RuntimeError(f"target_opset={wanted}: {own} is needed for this {type(est).__name__}")
    return model


def _features(scope, operator, container):
    """The name of one matrix of float32 that all inputs are columns of."""
    from onnx import TensorProto
    from skl2onnx.common.data_types import FloatTensorType

    names = []
    for variable in operator.inputs:
        name = variable.full_name
        if not isinstance(variable.type, FloatTensorType):
            name = scope.get_unique_variable_name("as_float")
            container.add_node("Cast", [variable.full_name], [name], to=TensorProto.FLOAT)
        names.append(name)
    if len(names) == 1:
        return names[0]
    joined = scope.get_unique_variable_name("features")
    container.add_node("Concat", names, [joined], axis=1)
    return joined


def _convert(scope, operator, container):
    model = _model(operator.raw_operator, container)
    graph = model.graph
    new = {"": ""}  # a name of the graph: what it is called in the pipeline's
    new[graph.input[0].name] = _features(scope, operator, container)
    order = ["variable"] if len(operator.outputs) == 1 else ["label", "probabilities"]
    for name, output in zip(order, operator.outputs, strict=True):
        new[name] = output.full_name
    for tensor in graph.initializer:
        new[tensor.name] = scope.get_unique_variable_name("weights")
        tensor.name = new[tensor.name]
        container.initializers.append(tensor)
    for node in graph.node:
        for name in node.output:
            new.setdefault(name, scope.get_unique_variable_name("value"))
    for node in graph.node:
        node.name = scope.get_unique_operator_name("pensel")
        node.input[:] = [new[name] for name in node.input]
        node.output[:] = [new[name] for name in node.output]
        container.nodes.append(node)
    for opset in model.opset_import:
        container.node_domain_version_pair_sets.add((opset.domain, opset.version))
