"""The state of a solver between steps, under scikit-learn's names.

The library keeps the moments while an estimator trains; they are fetched when an attribute is read,
and are pickled as plain arrays.
"""

import numpy as np

from pensel._network import views
from pensel._settings import OPTIONS


class Optimizer:
    """State common to the stochastic solvers.

    Attributes
    ----------
    learning_rate_init : float
        The rate it was started with.
    learning_rate : float
        The rate now.
    t : int
        Steps taken.
    """

    settings: dict[str, str] = {}  # names of its own settings: the estimator's, and here

    def __init__(self, net, estimator):
        for theirs, mine in self.settings.items():
            setattr(self, mine, getattr(estimator, theirs))
        self.learning_rate = float(self.learning_rate_init)
        self.t = 0
        self._layout = net.layout
        self._moments = [net.block(), net.block()]
        self._training = None  # the library's; while there is one, it holds the moments
        self._network = None  # the network that one trains
        self._options = None  # and by which options
        self._told = None  # what the library is known to stand at; None: it has no moments yet
        self._seen = (0, 0)  # losses and scores read from its curves so far
        self._parameters = None  # of the estimator, where partial_fit may go on the short way

    def __getstate__(self):
        self.fetch()
        forgotten = {"_training": None, "_network": None, "_told": None, "_seen": (0, 0)}
        forgotten["_parameters"] = None
        return {**self.__dict__, **forgotten}

    def bind(self, training, network, options):
        """`training` holds the moments from now on."""
        self.fetch()
        self._training, self._network, self._options = training, network, options
        self._told, self._seen = None, (0, 0)

    def fetch(self):
        """Copy the moments out of the library. Both have the parameters' layout."""
        if self._told is not None:
            self._moments = [np.zeros_like(block) for block in self._moments]
            for which, block in enumerate(self._moments):
                self._training.copy(which, block)
        return self._moments

    def put_state(self, state):
        """Set the library to (samples, best loss, best score, count), unless it stands there."""
        told = (self.t, self.learning_rate, *state)
        if told != self._told:
            first, second = self.fetch()
            samples, *scores = state
            rate = self._library_rate()
            self._training.restore(self.t, samples, rate, *scores, first, second, None)
            self._told = told

    def take_state(self, report, state):
        """Note where the library has come to."""
        self.t = report["solver_steps"]
        self._note_rate(report["learning_rate"])
        self._told = (self.t, self.learning_rate, *state)
        self._seen = (
            self._seen[0] + len(report["loss_curve"]),
            self._seen[1] + len(report["validation_scores"]),
        )

    # the rate as the library counts it
    def _library_rate(self):
        return self.learning_rate

    def _note_rate(self, rate):
        self.learning_rate = rate

    def _lists(self, which):
        coefs, intercepts = views(self.fetch()[which], self._layout)
        return coefs + intercepts


class SGDOptimizer(Optimizer):
    """Stochastic gradient descent with momentum.

    Attributes
    ----------
    velocities : list of ndarray
        Of each weight matrix (in, out), then of each bias (out,).
    """

    settings = {
        "learning_rate_init": "learning_rate_init",
        "learning_rate": "lr_schedule",
        "momentum": "momentum",
        "nesterovs_momentum": "nesterov",
        "power_t": "power_t",
    }

    @property
    def velocities(self):
        return self._lists(0)


class AdamOptimizer(Optimizer):
    """Adam (Kingma and Ba, 2015).

    Attributes
    ----------
    ms, vs : list of ndarray
        First and second moment of each weight matrix (in, out), then of each bias (out,).
    """

    settings = {
        "learning_rate_init": "learning_rate_init",
        "learning_rate": "lr_schedule",
        "beta_1": "beta_1",
        "beta_2": "beta_2",
        "epsilon": "epsilon",
    }

    def __init__(self, net, estimator):
        super().__init__(net, estimator)
        self._rate = self.learning_rate

    def _library_rate(self):
        return self._rate

    def _note_rate(self, rate):
        # scikit-learn's learning_rate has the corrections of this step's moments in it
        self._rate = rate
        corrections = np.sqrt(1 - self.beta_2**self.t) / (1 - self.beta_1**self.t) if self.t else 1
        self.learning_rate = float(rate * corrections)

    @property
    def ms(self):
        return self._lists(0)

    @property
    def vs(self):
        return self._lists(1)


class StepOptimizer(Optimizer):
    """Any other solver of the library that takes a step for each batch."""

    def __init__(self, net, estimator):
        own = [
            name
            for name, option in OPTIONS.items()
            if option.only.startswith("solver=")
            and estimator.solver.replace("_", "-") in option.only[7:].split("|")
        ]
        self.settings = {
            "learning_rate_init": "learning_rate_init",
            "learning_rate": "lr_schedule",
            **{name: name for name in own},
        }
        super().__init__(net, estimator)


# lbfgs, which goes its own way, is not among them
OPTIMIZERS = {
    name.replace("-", "_"): {"sgd": SGDOptimizer, "adam": AdamOptimizer}.get(name, StepOptimizer)
    for name in OPTIONS["solver"].choices
    if name != "lbfgs"
}
