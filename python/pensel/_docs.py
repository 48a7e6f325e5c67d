"""Documentation that estimators share: the two of matrices, and the two of tables."""

import textwrap
from inspect import cleandoc

from pensel import _settings

PARAMETERS = """\
hidden_layer_sizes : int or sequence of int, default=(100,)
    Neurons of each hidden layer; an empty sequence for none.

activation : str, (str, float) or list of these, default='relu'
    Activation of the hidden layers, one of
    {activations}.
    A pair adds the function's parameter, such as ('leaky_relu', 0.2). A list has one entry for each
    layer.

solver : str, default='adam'
    One of {solvers}:
    Adam, gradient descent with momentum, or L-BFGS over all samples at once.

alpha : float, default=0.0001
    L2 penalty: alpha / 2 times the squared weights, divided by the sum of sample weights, is
    added to the loss.

batch_size : int, default='auto'
    Samples a step; 'auto' is min(200, n_samples). Not for lbfgs.

learning_rate : str, default='constant'
    How the rate changes, one of
    {schedules}:
    'constant' not at all. With sgd: 'invscaling' divides it by
    (samples seen + 1) ** power_t after each epoch, 'adaptive' by 5 whenever training stands still.
    With sgd and adam: 'cosine' brings it to 0 over max_iter epochs, 'exponential' multiplies it by
    `decay` each epoch.

learning_rate_init : float, default=0.001
    The rate at the start.

power_t : float, default=0.5
    Exponent of 'invscaling'.

max_iter : int, default=200
    Epochs at most; for lbfgs, iterations.

shuffle : bool, default=True
    Whether samples are drawn in a new order each epoch.

random_state : int, RandomState instance or None, default=None
    Where start weights, validation samples and order come from. The same seed gives the network
    that scikit-learn's estimator has after the same fit.

tol : float, default=1e-4
    Least improvement of the loss (or the validation score) that counts; for lbfgs, the largest
    gradient component at which it is done.

verbose : bool, default=False
    Whether the loss of each epoch, or iteration of lbfgs, is printed.

warm_start : bool, default=False
    Whether `fit` goes on from the network it finds.

momentum : float, default=0.9
    Of sgd, between 0 and 1.

nesterovs_momentum : bool, default=True
    Nesterov's form of momentum.

early_stopping : bool, default=False
    Whether `validation_fraction` of the samples is set aside, training ends when their score no
    longer improves, and the best network is kept.

validation_fraction : float, default=0.1
    Share of the samples set aside.

beta_1, beta_2 : float, default=0.9, 0.999
    Decay of adam's first and second moment.

epsilon : float, default=1e-8
    Adam's guard against division by zero.

n_iter_no_change : int or inf, default=10
    Epochs without improvement that are put up with.

max_fun : int, default=15000
    Evaluations of loss and gradient that lbfgs may use.
"""

EXTRAS = """\
encoding : {'fourier', 'hashgrid', 'pyramid'} or dict, default=None
    What inputs become before the first layer, for inputs in [0, 1] such as places in a picture:
    sines of random projections, or grids of numbers trained with the network. A dict has the `kind`
    and any of features, scale, levels, table_log2, base_resolution, fine_resolution, rows, columns,
    depth, periodic and seed.

layers : str, default=None
    Hidden layers of any kind, in place of `hidden_layer_sizes`, `activation` and `encoding`:
    "dense:64:relu, layer-norm, residual(dense:64:relu, dense:64), dropout:0.1". The kinds and their
    settings are those of ``pensel fit --layers``; the output layer follows by itself. An activation of one's own,
    of `pensel.register_activation`, is the layer "custom:NAME".

initialisation : {'glorot', 'he', 'siren'}, default='glorot'
    How start weights are drawn. 'siren' goes with the sine activation.

dropout : float, default=0.0
    Share of each hidden layer silenced at a step.

weight_decay : float, default=0.0
    Weights shrink by this share of the rate each step: adam with it is AdamW.

clip_norm : float, default=None
    Gradients longer than this are shortened to it.

average : float, default=0.0
    Decay of a moving average of the parameters, such as 0.999; the average is the result.

decay : float, default=0.99
    Factor of the 'exponential' schedule, for each epoch; of 'inverse-time', for the first.

max_seconds : float, default=None
    Training ends after so many seconds.

keep_solver : bool, default=False
    Whether a warm start also keeps the solver's moments, step count and rate.

callback : callable, default=None
    Called as callback(estimator, progress) after each epoch, `progress` being a
    `pensel.Progress`. Training ends when it returns something true.

scoring : str or callable, default=None
    What early stopping goes by: a name of scikit-learn's scorers, or a function of (estimator, X,
    y) of which more is better. None: R2 or accuracy, in the library.

progress_bar : bool, default=False
    Whether `fit` shows how far it is, by tqdm, which must be installed.

sklearn_gradient : bool, default=True
    With several outputs scikit-learn's squared-error gradient is as many times its loss's. True
    follows it, so that networks are the same; False takes the gradient of the loss.

precision : {'float32', 'float64', 'bfloat16'}, default=None
    Of the parameters. None: float32 for inputs of float32, else float64. 'bfloat16' is float32
    whose products are of bfloat16 where the CPU has them (AVX-512 BF16): their factors keep 8 bits
    of fraction, and wide layers take about half the time.

scale_inputs : {'none', 'standard', 'minmax'}, default='none'
    What the network sees of X: columns of mean 0 and deviation 1, or from 0 to 1, as in the samples
    of the first fit. It is part of the estimator, and `predict` does the same.

checkpoint : str or path, default=None
    File into which `fit` writes the whole state of training, every `checkpoint_every` seconds, when
    it is interrupted and at its end.

checkpoint_every : float, default=30.0
    Seconds; 0 is after every step.

resume : str or path, default=None
    Checkpoint that `fit` goes on from. With the same samples and parameters the result is, bit for
    bit, that of a fit never interrupted.

n_threads : int, default=None
    Threads to use; -1: all cores, -2: all but one... None is PENSEL_THREADS or OMP_NUM_THREADS
    where one is set, else all cores. threadpoolctl limits them. The result does not depend on it.
"""

ATTRIBUTES = """\
coefs_ : list of ndarray of shape (units below, units)
    Weights of each layer. They are views of the network's own numbers.

intercepts_ : list of ndarray of shape (units,)
    Biases of each layer, views as well.

encoding_ : ndarray of shape (n_encoding_parameters,)
    The encoding's trained numbers, a view as well; only with `encoding`. With `layers` all
    parameters.

loss_, best_loss_ : float
    Loss of the last epoch, and the least; best_loss_ is None with early stopping.

loss_curve_ : list of float
    Loss of each epoch (sgd and adam).

history_ : dict of lists
    "epoch", "loss" and, with validation samples, "validation_loss" and "validation_score" of each
    epoch, or of each iteration of lbfgs: `pandas.DataFrame(model.history_)`.

validation_loss_curve_ : list of float or None
    Loss of the validation samples after each epoch, without the penalty.

validation_scores_ : list of float or None
    R2, accuracy or what `scoring` says of the validation samples after each epoch.

best_validation_score_ : float or None
    The best of them.

n_iter_ : int
    Epochs (lbfgs: iterations) of the last fit.

t_ : int
    Samples seen.

n_layers_, n_outputs_ : int
    Layers, counting the inputs as one, and outputs.

out_activation_ : str
    Activation of the output layer.

n_features_in_ : int
    Inputs.

feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the columns, when X had names that are all strings.

target_names_ : ndarray of shape (number of columns of y,)
    Names of y's columns, when it was a DataFrame or a Series and they are all strings.

input_scaler_, target_scaler_ : StandardScaler, MinMaxScaler or None
    What inputs and targets are scaled by.

stopped_ : str
    Why training ended: 'converged', 'epochs', 'seconds', 'goal' (a callback), 'interrupted' or
    'diverged'.
"""


TABLE_PARAMETERS = """
max_seconds : float, default=30.0
    How long `fit` may take; fewer networks and epochs are trained on large tables.

max_epochs : int, default=None
    How many epochs at most; None: as many as the table's size and the time allow. With it, and
    more time than is needed, a model does not depend on the speed of the machine.

random_state : int, RandomState instance or None, default=0
    Of all random numbers.

column : dict, default=None
    What a column is, in place of what is found: {name: 'number', 'category', 'date' or 'drop'}.

verbose : bool, default=False
    Show on standard error how far it is.

n_threads : int, default=None
    How many work; None: all cores, or PENSEL_THREADS; -1: all cores, -2: all but one... It changes
    no number.
"""

TABLE_ATTRIBUTES = """
report_ : dict
    How the model was made, and figures of rows that its networks have not seen: 'held_out', and
    beside it those of 'constant', always the same answer, and of 'linear', a linear model.

schema_ : dict
    What each column of X is: its role, what is missing, categories...

feature_importances_ : ndarray of shape (n_features_in_,)
    By how much accuracy or R2 of held-out rows falls when a column is shuffled.

n_features_in_ : int

feature_names_in_ : ndarray of shape (n_features_in_,)
    Defined only where X has names.
"""


def _listed(names):
    """'a', 'b' and 'c', on lines of the docstrings' width."""
    text = ", ".join(repr(name) for name in sorted(names))
    return textwrap.fill(text, 92).replace("\n", "\n    ")


def documented(cls):
    """Put the shared parts into a class's docstring, where its {parameters} and so on stand."""
    if cls.__doc__:  # there is none under python -OO
        cls.__doc__ = cleandoc(cls.__doc__)
        extras = cleandoc(EXTRAS)
        for option in _settings.missing(cls):
            extras += f"\n\n{option.name} : {type(option.value).__name__}, default={option.value!r}"
            extras += f"\n    {option.help[0].upper()}{option.help[1:]}."
        for name, text in (
            ("{parameters}", cleandoc(PARAMETERS)),
            ("{extras}", cleandoc(extras)),
            ("{attributes}", cleandoc(ATTRIBUTES)),
            ("{activations}", _listed(_settings.TRAINABLE)),
            ("{solvers}", _listed(_settings.OPTIONS["solver"].names)),
            ("{schedules}", _listed(_settings.OPTIONS["learning_rate"].names)),
            ("{losses}", _listed(_settings.LOSSES)),
        ):
            cls.__doc__ = cls.__doc__.replace(name, text)
    return cls


def table_documented(cls):
    """The same for an estimator of tables."""
    if cls.__doc__:
        cls.__doc__ = cleandoc(cls.__doc__)
        cls.__doc__ = cls.__doc__.replace("{parameters}", TABLE_PARAMETERS.strip())
        cls.__doc__ = cls.__doc__.replace("{attributes}", TABLE_ATTRIBUTES.strip())
    return cls
