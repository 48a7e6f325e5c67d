"""The tutorial's neuron, and the activation functions."""

import doctest
import math
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import pensel
from pensel import Neuron


def test_the_tutorials_example():
    neuron = Neuron(n_inputs=3, bias=-0.1, weights=[0.7, 0.6, 1.4])
    steps = neuron.steps([1.0, 0.5, -1.0])
    assert_allclose(steps["products"], [0.7, 0.3, -1.4])
    assert_allclose([steps["sum"], steps["bias"], steps["z"]], [-0.4, -0.1, -0.5])
    assert_allclose(neuron.run([1.0, 0.5, -1.0]), -0.05)
    assert_allclose(neuron(np.array([1.0, 0.5, -1.0])), -0.05)


def test_weights_left_out_are_drawn():
    np.random.seed(3)
    expected = np.random.rand(5)
    np.random.seed(3)
    neuron = Neuron(5)
    assert_array_equal(neuron.ws, expected)
    assert ((neuron.weights >= 0) & (neuron.weights < 1)).all() and neuron.bias == 0
    assert_allclose(neuron([1, 1, 1, 1, 1]), expected.sum())


def test_weights_and_bias_may_be_changed():
    neuron = Neuron(2, weights=[1, 1])
    neuron.ws[0] = 5
    neuron.b = 2
    assert_allclose(neuron([1, 1]), 8)


@pytest.mark.parametrize(
    "name, value", [("step", 1), ("logistic", 1 / (1 + np.exp(-2))), ("relu", 2)]
)
def test_other_activations(name, value):
    assert_allclose(Neuron(1, weights=[2.0], activation=name)([1.0]), value)
    assert_allclose(Neuron(1, weights=[-2.0], activation="leaky_relu", parameter=0.5)([1.0]), -1)


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="2 weights for 3 inputs"):
        Neuron(3, weights=[1, 2])
    with pytest.raises(ValueError, match="activation 'no'"):
        Neuron(3, activation="no")
    with pytest.raises(ValueError, match="3 inputs"):
        Neuron(3)([1, 2])


def test_activations_have_their_derivatives():
    z = np.linspace(-3, math.e, 12).reshape(3, 4)
    for entry in pensel.activations():
        value, derivative = pensel.activation(entry.name, z)
        ahead, behind = (pensel.activation(entry.name, z + step)[0] for step in (1e-6, -1e-6))
        assert value.shape == z.shape
        if entry.name != "softmax":
            assert_allclose(derivative, (ahead - behind) / 2e-6, rtol=1e-5, atol=1e-8)


def test_machine():
    assert pensel.machine().threads >= 1
    assert pensel.machine().isa in ("reference", "avx2", "avx512", "neon")


def test_docstrings_are_whole_and_their_examples_run():
    for cls in (pensel.MLPRegressor, pensel.MLPClassifier, pensel.Neuron):
        documented = cls.__doc__
        assert "{" not in re.sub(r"\{'.*?\}", "", documented, flags=re.S)
        assert "\nParameters\n----------\n" in documented or cls is pensel.Neuron
        finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
        for test in finder.find(cls, cls.__name__, globs={}):
            assert runner.run(test).attempted > 0 and runner.failures == 0
    for cls in (pensel.MLPRegressor, pensel.MLPClassifier):
        for name in cls().get_params():
            assert re.search(rf"^[\w, ]*\b{name}\b[\w, ]* : ", cls.__doc__, flags=re.M), name
