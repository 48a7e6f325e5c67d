"""Parameters of the estimators: their valid values, and their names in the library."""

import functools
import inspect
import os
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import Interval, Options, StrOptions

from pensel import _core
from pensel._threads import threads

# name in Python: (name in the library, default of its parameter)
ACTIVATIONS = {
    name.replace("-", "_"): (name, parameter)
    for name, _, _, _, parameter, _, outputs_only in _core.activations()
    if not outputs_only
}
# scikit-learn's names of output activations
OUTPUTS = {**ACTIVATIONS, "exp": ("exponential", 0.0), "softmax": ("softmax", 0.0)}

# A step has no slope to learn by, so it is not offered for training.
TRAINABLE = set(ACTIVATIONS) - {"step"}

# what an encoding is unless it is told otherwise; sizes for a picture of some hundred pixels a side
ENCODINGS = {
    "fourier": {"features": 128, "scale": 10.0},
    "hashgrid": {
        "features": 2,
        "levels": 8,
        "table_log2": 14,
        "base_resolution": 8,
        "fine_resolution": 256,
    },
    "pyramid": {"features": 4, "levels": 6, "rows": 256, "columns": 256},
}

# type of the parameters; None: as the inputs
PRECISIONS = {None: None, "float32": np.float32, "float64": np.float64, "bfloat16": np.float32}



class Option(NamedTuple):
    """A row of the library's table of training options."""

    name: str
    kind: str
    default: float
    low: float
    high: float
    ends: str
    choices: list
    only: str
    help: str

    @property
    def value(self):
        """The default, as Python writes it."""
        if self.kind == "choice":
            return self.choices[int(self.default)].replace("-", "_")
        types = {"flag": bool, "count": int, "threads": int, "seed": int}
        return types.get(self.kind, float)(self.default)

    @property
    def names(self):
        """A choice's, as Python writes them."""
        return {name.replace("-", "_") for name in self.choices}

    @property
    def constraint(self):
        """What scikit-learn checks a parameter by."""
        if self.kind == "flag":
            return ["boolean"]
        if self.kind == "choice":
            return [StrOptions(self.names | set(self.choices))]
        closed = {"[]": "both", "[)": "left", "(]": "right", "()": "neither"}[self.ends]
        endless = self.high == np.inf
        if endless and closed == "both":
            closed = "left"
        kind, cast = (Real, float) if self.kind in ("number", "seconds") else (Integral, int)
        high = None if endless else cast(self.high)
        return [Interval(kind, cast(self.low), high, closed=closed)]


OPTIONS = {row[0]: Option(*row) for row in _core.options("training")}


def _add_other_encodings():
    """Those of the library that have no settings above have fourier's, of the options that they take."""
    rows = {row[0]: Option(*row) for row in _core.options("encoding")}
    for kind in rows["kind"].choices:
        if kind != "raw" and kind not in ENCODINGS:
            takes = {name for name, row in rows.items() if kind in row.only.partition("=")[2].split("|")}
            ENCODINGS[kind] = {n: value for n, value in ENCODINGS["fourier"].items() if n in takes}


_add_other_encodings()

# Options that are parameters under another name, or of one estimator alone. All others are parameters
# under their own name, checked as their row says.
_ELSEWHERE = {"epochs", "threads", "sklearn_gradient", "loss", "huber_delta", "quantile"}

LOSSES = OPTIONS["loss"].names - {"log_loss"}

_positive = Interval(Real, 0, None, closed="neither")
_not_negative = Interval(Real, 0, None, closed="left")
_count = Interval(Integral, 1, None, closed="left")
THREADS = [None, _count, Interval(Integral, None, -1, closed="right")]

CONSTRAINTS = {
    name: option.constraint for name, option in OPTIONS.items() if name not in _ELSEWHERE
} | {
    "hidden_layer_sizes": ["array-like", _count],
    "activation": [StrOptions(TRAINABLE), list, tuple],
    "batch_size": [StrOptions({"auto"}), _count],
    "max_iter": [_count],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "n_iter_no_change": [_count, Options(Real, {np.inf})],
    # what scikit-learn does not have
    "encoding": [None, StrOptions(set(ENCODINGS)), dict],
    "layers": [None, str],
    "initialisation": [StrOptions({"glorot", "he", "siren"})],
    "clip_norm": [None, _positive],
    "max_seconds": [None, _positive],
    "keep_solver": ["boolean"],
    "callback": [None, callable],
    "scoring": [None, StrOptions(set(get_scorer_names())), callable],
    "progress_bar": ["boolean"],
    "sklearn_gradient": ["boolean"],
    "precision": [StrOptions(set(PRECISIONS) - {None}), None],
    "scale_inputs": [StrOptions({"none", "standard", "minmax"})],
    "checkpoint": [str, os.PathLike, None],
    "checkpoint_every": [_not_negative],
    "resume": [str, os.PathLike, None],
    "n_threads": THREADS,
}


def keep(estimator, given):
    """Store the arguments of a constructor, `given` being its locals()."""
    for name, value in given.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)


def layer_sizes(hidden_layer_sizes):
    """Widths of the hidden layers, as a list."""
    if not hasattr(hidden_layer_sizes, "__iter__"):
        hidden_layer_sizes = [hidden_layer_sizes]
    sizes = list(hidden_layer_sizes)
    if np.any(np.array(sizes) <= 0):
        raise ValueError("hidden_layer_sizes must be > 0, got %s." % sizes)
    return sizes


def _one_activation(given):
    name, *parameter = given if isinstance(given, (tuple, list)) else (given,)
    if name not in TRAINABLE or len(parameter) > 1:
        raise ValueError(
            f"activation {given!r}: a name among {sorted(TRAINABLE)}, or (name, parameter)"
        )
    known, default = ACTIVATIONS[name]
    return known, float(parameter[0]) if parameter else default


def layer_activations(activation, count):
    """(name in the library, parameter) for each of `count` hidden layers.

    `activation` is a name, a pair of name and parameter, or a list of such, one a layer.
    """
    pair = isinstance(activation, (tuple, list)) and len(activation) == 2
    if isinstance(activation, str) or (pair and isinstance(activation[1], Real)):
        return [_one_activation(activation)] * count
    if len(activation) != count:
        raise ValueError(
            f"activation names {len(activation)} layers, hidden_layer_sizes {count}: "
            "one each is needed"
        )
    return [_one_activation(one) for one in activation]


def encoding_options(encoding):
    """The library's options of an encoding given by name or as a dict with its `kind`."""
    if encoding is None:
        return {}
    given = {"kind": encoding} if isinstance(encoding, str) else dict(encoding)
    if given.get("kind") not in ENCODINGS:
        raise ValueError(f"encoding {encoding!r}: its kind must be one of {sorted(ENCODINGS)}")
    return ENCODINGS[given["kind"]] | given


def checkpoint_options(estimator):
    """What the library is told of checkpoints, or None."""
    e = estimator
    if e.checkpoint is None and e.resume is None:
        return None
    path, resume = (None if name is None else os.fspath(name) for name in (e.checkpoint, e.resume))
    return path, float(e.checkpoint_every), resume


def training_options(estimator, optimizer=None, early_stopping=False):
    """The library's training options of an estimator; a solver at work keeps its own settings."""
    e = estimator
    schedule = e.learning_rate if optimizer is None else optimizer.lr_schedule
    if e.solver != "sgd" and schedule in ("invscaling", "adaptive"):
        schedule = "constant"  # scikit-learn's adam takes no notice of them
    endless = e.n_iter_no_change == np.inf
    options = {
        "solver": e.solver.replace("_", "-"),
        "loss": e.loss.replace("_", "-"),
        "learning_rate": schedule.replace("_", "-"),
        "alpha": e.alpha,
        "batch_size": 0 if e.batch_size == "auto" else int(e.batch_size),
        "learning_rate_init": e.learning_rate_init,
        "power_t": e.power_t,
        "epochs": int(e.max_iter),
        "shuffle": bool(e.shuffle),
        "tol": e.tol,
        "momentum": e.momentum,
        "nesterovs_momentum": bool(e.nesterovs_momentum),
        "early_stopping": early_stopping,
        "beta_1": e.beta_1,
        "beta_2": e.beta_2,
        "epsilon": e.epsilon,
        "n_iter_no_change": 2**64 - 1 if endless else int(e.n_iter_no_change),
        "max_fun": int(e.max_fun),
        "max_seconds": e.max_seconds or 0.0,
        "weight_decay": e.weight_decay,
        "decay": e.decay,
        "clip_norm": e.clip_norm or 0.0,
        "average": e.average,
        "dropout": e.dropout,
        "huber_delta": getattr(e, "huber_delta", 1.0),
        "quantile": getattr(e, "quantile", 0.5),
        "sklearn_gradient": bool(e.sklearn_gradient),
        "threads": threads(e.n_threads),
    }
    for name in _NEW:
        value = getattr(e, name)
        options[name] = value.replace("_", "-") if OPTIONS[name].kind == "choice" else value
    if optimizer is not None:
        for theirs, mine in optimizer.settings.items():
            if theirs != "learning_rate":
                options[theirs] = getattr(optimizer, mine)
    return options


def missing(cls):
    """Options of the table that the constructor does not name itself."""
    named = set(inspect.signature(cls.__init__).parameters) | _ELSEWHERE
    return [option for option in OPTIONS.values() if option.name not in named]


def complete(cls):
    """Give the constructor the options that it does not name: one row of the library's table is all
    that a new option needs."""
    own, more = cls.__init__, missing(cls)
    if not more:
        return cls

    @functools.wraps(own)
    def __init__(self, *args, **given):
        for option in more:
            setattr(self, option.name, given.pop(option.name, option.value))
        own(self, *args, **given)

    signature = inspect.signature(own)
    added = [
        inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=option.value)
        for option in more
    ]
    __init__.__signature__ = signature.replace(
        parameters=[*signature.parameters.values(), *added]
    )
    cls.__init__ = __init__
    return cls


# parameters that the library's training options have under the same name
_SAME = (
    "solver alpha learning_rate_init learning_rate power_t shuffle tol momentum nesterovs_momentum "
    "early_stopping validation_fraction beta_1 beta_2 epsilon max_fun weight_decay decay average "
    "dropout"
).split()

# and those that nothing here knows of yet
_NEW = (
    set(OPTIONS)
    - set(_SAME)
    - _ELSEWHERE
    - {"batch_size", "n_iter_no_change", "max_seconds", "clip_norm"}
)


def training_parameters(options):
    """An estimator's parameters, those of `training_options` and its loss, from the library's."""
    endless = options["n_iter_no_change"] == 2**64 - 1
    new = {
        name: options[name].replace("-", "_") if OPTIONS[name].kind == "choice" else options[name]
        for name in _NEW
    }
    return {name: options[name] for name in _SAME} | new | {
        "batch_size": options["batch_size"] or "auto",
        "max_iter": options["epochs"],
        "n_iter_no_change": np.inf if endless else options["n_iter_no_change"],
        "max_seconds": options["max_seconds"] or None,
        "clip_norm": options["clip_norm"] or None,
        "loss": options["loss"].replace("-", "_"),
        "huber_delta": options["huber_delta"],
        "quantile": options["quantile"],
        "sklearn_gradient": options["sklearn_gradient"],
    }


def activation_of(layers):
    """The parameter `activation` of layers (width, name, parameter)."""
    found = []
    for _, name, parameter in layers:
        name = name.replace("-", "_")
        found.append(name if parameter == ACTIVATIONS[name][1] else (name, parameter))
    if not found:
        return "relu"
    return found[0] if found.count(found[0]) == len(found) else found


def encoding_of(options):
    """The parameter `encoding` of the library's options."""
    kind = options["kind"]
    if kind not in ENCODINGS:
        return None
    own = {name: options[name] for name in ENCODINGS[kind]}
    others = {name: options[name] for name in ("depth", "periodic", "seed") if options[name]}
    return kind if own == ENCODINGS[kind] and not others else {"kind": kind} | own | others
