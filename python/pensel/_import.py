"""Networks of other programs as estimators: files, and models of PyTorch, Keras and scikit-learn.

A model in memory is written as a safetensors file, in memory too, with a list of its layers, which
the library reads as it reads any other: there is one way in. None of these programs is imported
here: what they hand over is asked for its class names and its numbers.
"""

import json
import os
import struct

import numpy as np

from pensel import _core, _table
from pensel._classifier import _codes_of
from pensel._files import _KINDS
from pensel._painting import Painting


def import_model(path, *, activation=None, layers=None, task=None, classes=None):
    """Read a network of another program: ONNX, or tensors alone (safetensors, npz); or what `export` wrote.

    Parameters
    ----------
    path : str or path
    activation : str, default=None
        Of a safetensors file, which has none in it: 'relu', of all hidden layers, or 'relu,tanh',
        one for each; one more is that of the outputs.
    layers : str, default=None
        The same where names say no order: all modules and activations, 'fc1,relu,norm:1e-3,fc2', a
        normalisation with its epsilon.
    task : 'regression' or 'classification', default=None
        What the outputs are. None: of a classification, if they are probabilities by softmax or
        there are labels; with `classes` too.
    classes : array-like, default=None
        Labels of the outputs, in their order, which must be ascending; of a network with one
        output, which is the probability of the second, both.

    Returns
    -------
    MLPRegressor or MLPClassifier, or what was exported: TableRegressor, TableClassifier, Painting
        Fitted. `imported_` of the first two has what was 'read', the names that were 'left' alone, and the largest
        'difference' between the model and the same steps in double from the file's own numbers, of
        outputs up to 'largest'.

    See Also
    --------
    from_torch, from_keras, from_sklearn : Of models in memory.
    """
    return _imported(os.fspath(path), str(path), activation, layers, task, classes)


def _imported(source, name, activation, layers, task, classes, input_names=None):
    if not isinstance(source, bytes):
        os.stat(source)  # whose FileNotFoundError is what Python's users expect

    def read_as(task):
        return _core.import_model(source, name, activation, layers, task)

    parts, read, left, difference, largest = read_as(task)
    whole = {_core.TableModel: lambda: _table.of_core(parts, name, None), _core.Painting: lambda: Painting(parts)}
    if type(parts) in whole:
        if classes is not None:
            raise ValueError("classes have no effect: the file has the model itself, with its classes")
        return whole[type(parts)]()
    if classes is not None:
        classes = np.asarray(classes)
        if task is None:
            parts, read, left, difference, largest = read_as("classification")
    _name_classes(parts, classes)
    if input_names is not None:
        parts[5]["input_names"] = list(input_names)
    est = _KINDS[parts[2]["task"]]._from_parts(*parts)
    est.imported_ = {"read": read, "left": left, "difference": difference, "largest": largest}
    return est


def _name_classes(parts, classes):
    if classes is None:
        return
    known = parts[5]
    if parts[2]["task"] != "classification" or known["classes"] is None:
        raise ValueError("classes have no effect: the outputs are not probabilities of classes")
    if classes.shape != (len(known["classes"]),):
        right = (len(known["classes"]),)
        raise ValueError(f"classes has the shape {classes.shape}: {right} is needed")
    if not (classes[1:] > classes[:-1]).all():
        raise ValueError("classes are not ascending: the network's outputs must be in that order")
    known["classes"], known["class_names"] = _codes_of(classes)


# ------------------------------------------------------------------ a file in memory


class _Stack:
    """Tensors, and the words that say in which order they stand."""

    def __init__(self):
        self.tensors, self.words = {}, []

    def module(self, kind, epsilon=None, **tensors):
        name = f"{kind} {len(self.words)}"
        for part, numbers in tensors.items():
            if numbers is not None:
                self.tensors[f"{name}.{part}"] = np.asarray(numbers)
        self.words.append(name if epsilon is None else f"{name}:{float(epsilon)!r}")

    def activation(self, name, parameter=None):
        self.words.append(name if parameter is None else f"{name}:{float(parameter)!r}")

    def file(self):
        header, data = {}, b""
        for name, numbers in self.tensors.items():
            kind = "F64" if numbers.dtype == np.float64 else "F32"
            raw = np.ascontiguousarray(numbers, "<f8" if kind == "F64" else "<f4").tobytes()
            offsets = [len(data), len(data) + len(raw)]
            header[name] = {"dtype": kind, "shape": numbers.shape, "data_offsets": offsets}
            data += raw
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data

    def imported(self, name, task, classes, input_names=None):
        words = ",".join(self.words)
        return _imported(self.file(), name, None, words, task, classes, input_names)


def _refuse(what, why):
    raise ValueError(f"{what} is not read: {why}")


def _called(model):
    """What a thing that is no model is called in an error"""
    plain = model is None or isinstance(model, type | str)
    return repr(model) if plain else type(model).__name__


# ------------------------------------------------------------------ PyTorch


def _torch_numbers(tensor):
    if tensor is None:
        return None
    tensor = tensor.detach().cpu()
    return (tensor if str(tensor.dtype) == "torch.float64" else tensor.float()).numpy()


def _torch_linear(stack, m, what):
    stack.module("linear", weight=_torch_numbers(m.weight), bias=_torch_numbers(m.bias))


def _torch_batch_norm(stack, m, what):
    if m.running_mean is None:
        _refuse(what, "it has no running mean and variance")
    names = "weight", "bias", "running_mean", "running_var"
    parts = {name: _torch_numbers(getattr(m, name)) for name in names}
    stack.module("norm", m.eps, **parts)


def _torch_layer_norm(stack, m, what):
    if m.weight is None or m.bias is None or m.weight.ndim != 1:
        _refuse(what, "one with a weight and a bias for each unit is")
    stack.module("norm", m.eps, weight=_torch_numbers(m.weight), bias=_torch_numbers(m.bias))


def _torch_slope(stack, m, what):
    if m.weight.numel() != 1:
        _refuse(what, "one slope for all units is")
    stack.activation("leaky-relu", float(m.weight.detach()))


def _torch_gelu(stack, m, what):
    if m.approximate != "none":
        _refuse(what, "GELU by erf, approximate='none', is")
    stack.activation("gelu")


def _torch_softplus(stack, m, what):
    if m.beta != 1 or m.threshold < 20:  # above it PyTorch takes z for log(1 + e^z)
        _refuse(what, "with beta 1 and a threshold of 20 or more it is")
    stack.activation("softplus")


def _torch_softmax(stack, m, what):
    if m.dim not in (1, -1, None):
        _refuse(what, "over the units of each row, dim=1, it is")
    stack.activation("softmax")


def _torch_log_softmax(stack, m, what):
    _refuse(what, "without it and with classes, from_torch(net[:-1], classes=[...]), the network is")


def _torch_flatten(stack, m, what):
    if (m.start_dim, m.end_dim) != (1, -1):
        _refuse(what, "of each row, Flatten(1, -1), it is")


def _nothing(stack, m, what):
    pass


def _plain(name):
    return lambda stack, m, what: stack.activation(name)


def _sloped(name, attribute):
    return lambda stack, m, what: stack.activation(name, getattr(m, attribute))


# To add a module of PyTorch: its line, and a case in tests of those programs.
_TORCH = {
    "Linear": _torch_linear,
    "BatchNorm1d": _torch_batch_norm,
    "LayerNorm": _torch_layer_norm,
    "PReLU": _torch_slope,
    "ReLU": _plain("relu"),
    "Tanh": _plain("tanh"),
    "Sigmoid": _plain("logistic"),
    "SiLU": _plain("silu"),
    "SELU": _plain("selu"),
    "Softmax": _torch_softmax,
    "LogSoftmax": _torch_log_softmax,
    "GELU": _torch_gelu,
    "Softplus": _torch_softplus,
    "LeakyReLU": _sloped("leaky-relu", "negative_slope"),
    "ELU": _sloped("elu", "alpha"),
    "Identity": _nothing,
    "Dropout": _nothing,
    "Flatten": _torch_flatten,
}


def _walk_torch(stack, module, name):
    kind = type(module).__name__
    if kind == "Sequential":
        for child, inner in module._modules.items():  # named_children() has what stands twice once
            _walk_torch(stack, inner, f"{name}.{child}" if name else child)
    elif kind in _TORCH and type(module).__module__.startswith("torch.nn"):
        _TORCH[kind](stack, module, f"{kind} {name}".strip())
    elif type(module).__module__.startswith("torch."):
        known = ", ".join(sorted(set(_TORCH) - {"LogSoftmax"}))
        _refuse(f"{kind} {name}".strip(), f"nn.Sequential of {known} is")
    elif hasattr(module, "state_dict") and not isinstance(module, type):
        how = "with a forward of its own from_torch(net.state_dict(), layers='fc1,relu,fc2') is"
        _refuse(f"{kind} {name}".strip(), f"nn.Sequential is; a module {how}")
    else:
        _refuse(_called(module), "an nn.Module of PyTorch is, or its state_dict()")


def from_torch(module, *, activation=None, layers=None, task=None, classes=None):
    """An estimator with the numbers of a network of PyTorch, whose predictions are the same.

    Parameters
    ----------
    module : torch.nn.Module or dict
        nn.Sequential of Linear, BatchNorm1d, LayerNorm, activations and Dropout, in which others of
        the kind may stand; or the state_dict() of any module that is one of them in another form,
        with `layers` or `activation` as in `import_model`.
    activation, layers, task, classes
        As in `import_model`; the first two go with a state_dict alone.

    Returns
    -------
    MLPRegressor or MLPClassifier
        Fitted. Outputs that are no probabilities yet, as networks with CrossEntropyLoss have,
        become some with `classes` or task='classification'.

    Examples
    --------
    >>> import torch, pensel  # doctest: +SKIP
    >>> net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    ... # doctest: +SKIP
    >>> iris = pensel.from_torch(net, classes=["setosa", "versicolor", "virginica"])
    ... # doctest: +SKIP
    """
    stack = _Stack()
    if isinstance(module, dict):
        for name, tensor in module.items():
            if str(tensor.dtype).startswith(("torch.float", "torch.bfloat")):
                stack.tensors[name] = _torch_numbers(tensor)
        return _imported(stack.file(), "the state_dict", activation, layers, task, classes)
    if activation or layers:
        raise ValueError("activation and layers go with a state_dict: a module has its own")
    _walk_torch(stack, module, "")
    return stack.imported("the module", task, classes)


# ------------------------------------------------------------------ Keras


def _keras_array(value):
    """Of a tensor of whatever runs Keras"""
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def _keras_weights(layer, *names):
    found = {name: getattr(layer, name, None) for name in names}
    # a kernel with low-rank updates is a tensor, with them, and no variable
    return {n: _keras_array(getattr(v, "value", v)) for n, v in found.items() if v is not None}


_KERAS_ACTIVATIONS = {
    "linear": None,
    "sigmoid": "logistic",
    "relu": "relu",
    "tanh": "tanh",
    "silu": "silu",
    "swish": "silu",
    "leaky_relu": ("leaky-relu", 0.2),
    "selu": "selu",
    "elu": "elu",
    "softplus": "softplus",
    "softmax": "softmax",
    "exponential": "exponential",
    "gelu": "gelu",
}


def _is_of_keras(thing):
    """Whether it is Keras's own, and no function or layer of the user's with the same name"""
    return thing.__module__.partition(".")[0] in ("keras", "tf_keras", "tensorflow")


def _keras_activation(stack, function, what):
    name = getattr(function, "__name__", type(function).__name__)
    if name in _KERAS and _is_of_keras(function):  # a layer in the place of a function
        _KERAS[name](stack, function, f"{name} of {what}")
        return
    if name not in _KERAS_ACTIVATIONS or not _is_of_keras(function):
        _refuse(f"activation {name} of {what}", f"Keras's own {', '.join(_KERAS_ACTIVATIONS)} are")
    known = _KERAS_ACTIVATIONS[name]
    if known:
        stack.activation(*(known if isinstance(known, tuple) else (known,)))


def _keras_dense(stack, layer, what):
    if getattr(layer, "quantization_mode", None):
        _refuse(what, "without quantization it is")
    stack.module("dense", **_keras_weights(layer, "kernel", "bias"))
    _keras_activation(stack, layer.activation, what)


def _keras_batch_norm(stack, layer, what):
    parts = _keras_weights(layer, "gamma", "beta", "moving_mean", "moving_variance")
    stack.module("norm", layer.epsilon, **parts)


def _keras_layer_norm(stack, layer, what):
    if getattr(layer, "rms_scaling", False):
        _refuse(what, "without rms_scaling it is")
    parts = _keras_weights(layer, "gamma", "beta")
    if not parts:
        _refuse(what, "with a gamma or a beta it is")
    stack.module("norm", layer.epsilon, **parts)


def _keras_normalization(stack, layer, what):
    mean, variance = (_keras_array(v).ravel().astype(float) for v in (layer.mean, layer.variance))
    if layer.invert:
        _refuse(what, "without invert it is")
    stack.module("scaler", mean=mean, std=np.maximum(np.sqrt(variance), 1e-7))


def _keras_softmax(stack, layer, what):
    if layer.axis not in (-1, 1):
        _refuse(what, "over the units of each row, axis=-1, it is")
    stack.activation("softmax")


def _keras_relu(stack, layer, what):
    if layer.max_value is not None or layer.threshold != 0:
        _refuse(what, "without max_value and threshold it is")
    if layer.negative_slope:
        stack.activation("leaky-relu", float(layer.negative_slope))
    else:
        stack.activation("relu")


# To add a layer of Keras: its line, and a case in the tests of those programs.
_KERAS = {
    "Dense": _keras_dense,
    "BatchNormalization": _keras_batch_norm,
    "LayerNormalization": _keras_layer_norm,
    "Normalization": _keras_normalization,
    "Activation": lambda stack, layer, what: _keras_activation(stack, layer.activation, what),
    "ReLU": _keras_relu,
    "LeakyReLU": _sloped("leaky-relu", "negative_slope"),
    "ELU": _sloped("elu", "alpha"),
    "Softmax": _keras_softmax,
    "InputLayer": _nothing,
    "Dropout": _nothing,
    "GaussianNoise": _nothing,
    "GaussianDropout": _nothing,
    "AlphaDropout": _nothing,
    "Flatten": _nothing,
}


def _keras_chain(model):
    """The layers of a model of the functional interface, each of which takes what the one before gives: from the
    output back. A layer that is called twice stands there twice."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        _refuse(f"Functional {model.name}", "a model of one input and one output is")
    layers, tensor = [], model.outputs[0]
    while tensor is not None:
        layer, call, _ = tensor._keras_history
        layers.insert(0, layer)
        if type(layer).__name__ == "InputLayer":
            break
        taken = layer._inbound_nodes[call].input_tensors
        if len(taken) != 1:
            why = "a layer of one input is; import_model reads residuals, from ONNX"
            _refuse(f"layer {layer.name}", why)
        tensor = taken[0]
    return layers


def _keras_layers(model):
    kind = type(model).__name__
    if kind not in ("Sequential", "Functional") or isinstance(model, type):
        _refuse(_called(model), "a Sequential or Functional model of Keras is")
    if not model.built:
        _refuse(f"{kind} {model.name}", "one that has its weights is: build it, with keras.Input((n_features,))")
    return model.layers if kind == "Sequential" else _keras_chain(model)


def _walk_keras(stack, model):
    for layer in _keras_layers(model):
        kind = type(layer).__name__
        if not _is_of_keras(layer):
            _refuse(f"{kind} {layer.name}", "layers of Keras's own are")
        elif kind in ("Sequential", "Functional"):
            _walk_keras(stack, layer)
        elif kind in _KERAS:
            _KERAS[kind](stack, layer, f"{kind} {layer.name}")
        else:
            _refuse(f"{kind} {layer.name}", f"layers of {', '.join(_KERAS)} are")


def from_keras(model, *, task=None, classes=None):
    """An estimator with the numbers of a network of Keras, whose predictions are the same.

    Parameters
    ----------
    model : keras.Model, str or path
        Sequential, or Functional with one layer after another; or a file of it, .keras or .h5,
        which is loaded by Keras.
    task, classes
        As in `import_model`.

    Returns
    -------
    MLPRegressor or MLPClassifier
        Fitted. Outputs that are no probabilities yet, of networks with from_logits=True, become
        some with `classes` or task='classification'.
    """
    if isinstance(model, str | os.PathLike):
        os.stat(model)
        import keras

        model = keras.saving.load_model(model, compile=False)
    stack = _Stack()
    _walk_keras(stack, model)
    return stack.imported("the model", task, classes)


# ------------------------------------------------------------------ scikit-learn


def _sklearn_scaler(stack, scaler):
    kind = type(scaler).__name__
    if kind == "StandardScaler":
        offset, scale = scaler.mean_ if scaler.with_mean else None, scaler.scale_
    elif kind == "MinMaxScaler" and not scaler.clip:
        offset, scale = -scaler.min_ / scaler.scale_, 1 / scaler.scale_
    elif kind == "MaxAbsScaler" and not getattr(scaler, "clip", False):
        offset, scale = None, scaler.scale_
    elif kind == "RobustScaler":
        offset, scale = scaler.center_, scaler.scale_
    else:
        known = "StandardScaler, MinMaxScaler, MaxAbsScaler and RobustScaler, without clip, are"
        _refuse(kind, known)
    n = scaler.n_features_in_
    offset = np.zeros(n) if offset is None else offset
    stack.module("scaler", mean=offset, std=np.ones(n) if scale is None else scale)


def from_sklearn(model):
    """An estimator of pensel with the numbers of one of scikit-learn, whose predictions are the
    same.

    Parameters
    ----------
    model : MLPRegressor, MLPClassifier or Pipeline
        Of scikit-learn, fitted. In a pipeline, scalers may stand before it. Of a search the best one is taken.

    Returns
    -------
    MLPRegressor or MLPClassifier
        Fitted; labels and names of features are the same.

    Examples
    --------
    >>> import pensel, sklearn.neural_network
    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> theirs = sklearn.neural_network.MLPClassifier(random_state=1, max_iter=500).fit(x, y)
    >>> ours = pensel.from_sklearn(theirs)
    >>> bool(abs(ours.predict_proba(x) - theirs.predict_proba(x)).max() < 1e-12)
    True
    """
    from sklearn.utils.validation import check_is_fitted

    model = getattr(model, "best_estimator_", model)
    steps = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    stack, mlp = _Stack(), steps[-1]
    for step in steps[:-1]:
        if step is not None and step != "passthrough":
            check_is_fitted(step)
            _sklearn_scaler(stack, step)
    if type(mlp).__module__.partition(".")[0] == "pensel":  # it may have scaling and layers of its own
        _refuse(f"pensel's own {type(mlp).__name__}", "it is one already; scikit-learn's are")
    if type(mlp).__name__ not in ("MLPRegressor", "MLPClassifier"):
        _refuse(_called(mlp), "MLPRegressor and MLPClassifier, fitted, after scalers, are")
    check_is_fitted(mlp)
    last = len(mlp.coefs_) - 1
    for i, (kernel, bias) in enumerate(zip(mlp.coefs_, mlp.intercepts_, strict=True)):
        stack.module("dense", kernel=kernel, bias=bias)
        name = mlp.activation if i < last else mlp.out_activation_
        stack.activation({"exp": "exponential"}.get(name, name))
    classes = getattr(mlp, "classes_", None)
    labels = getattr(getattr(mlp, "_label_binarizer", None), "y_type_", "").startswith("multilabel")
    task = "regression" if classes is None else "classification"
    names = getattr(steps[0], "feature_names_in_", None)
    return stack.imported(
        "the model", task, None if labels else classes, None if names is None else names.tolist()
    )
