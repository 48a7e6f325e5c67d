"""Pickles that outlive a version, and carry what the standard pickler refuses."""

import copy
import inspect
import pickle
import warnings

from pensel import _core


def _cloudpickle():
    """joblib, which scikit-learn needs, needs it; older ones have a copy of it."""
    try:
        import cloudpickle
    except ImportError:
        from joblib.externals import cloudpickle
    return cloudpickle


class VersionWarning(UserWarning):
    """An estimator was pickled by another version of pensel than the one that reads it."""


class _Carried:
    """A function that pickle refuses: a lambda, or one defined within another."""

    def __init__(self, function):
        self.function = function

    def __reduce__(self):
        return pickle.loads, (_cloudpickle().dumps(self.function),)

    def __deepcopy__(self, memo):
        return copy.deepcopy(self.function, memo)


def _is_refused(function):
    try:
        pickle.dumps(function)
    except (pickle.PicklingError, AttributeError, TypeError):
        return True
    return False


class Pickles:
    """Makes an estimator's pickle say which version wrote it; to stand before BaseEstimator."""

    def __getstate__(self):
        state = dict(super().__getstate__())
        state["_pensel_version"] = _core.version
        for name in ("callback", "scoring"):
            if callable(state.get(name)) and _is_refused(state[name]):
                state[name] = _Carried(state[name])
        return state

    def __setstate__(self, state):
        state = dict(state)
        written = state.pop("_pensel_version", "of an unknown version")
        if written != _core.version:
            warnings.warn(
                f"this {type(self).__name__} was pickled by pensel {written} and is read by"
                f" {_core.version}: `save` and `load` keep models from version to version, pickles"
                " are not promised to",
                VersionWarning,
                stacklevel=2,
            )
        for name in ("callback", "scoring"):
            if isinstance(state.get(name), _Carried):  # copy.copy hands it over as it is
                state[name] = state[name].function
        # parameters that the version that wrote it did not have
        for name, parameter in inspect.signature(type(self)).parameters.items():
            if parameter.default is not inspect.Parameter.empty:
                state.setdefault(name, parameter.default)
        super().__setstate__(state)
