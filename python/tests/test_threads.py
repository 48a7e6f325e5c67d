"""How many threads work, counted where the system lists them: threadpoolctl, joblib, dask."""

import json
import os
import pathlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import threadpoolctl

import pensel
from pensel._network import stream

TESTS = pathlib.Path(__file__).parent

# How many threads are started by a prediction so large that the library always shares it, for each
# of some codes that predict. Each is a child of fork, whose threads are its own.
PREDICT = """
import json, os, sys
import numpy as np
import pensel
from threadpoolctl import threadpool_limits
X = np.random.RandomState(0).uniform(-1, 1, (20000, 30))
model = pensel.MLPRegressor(hidden_layer_sizes=100, max_iter=1, n_threads=1, random_state=0)
model.fit(X[:10], X[:10, 0]).set_params(n_threads=None)
def predict():
    before = len(os.listdir("/proc/self/task"))
    model.predict(X)
    os._exit(len(os.listdir("/proc/self/task")) - before)
def started(code):
    child = os.fork()
    if child == 0:
        try:
            exec(code)
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(json.dumps([started(code) for code in sys.argv[1:]]))
"""

pytestmark = [
    pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="Linux lists threads"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def run(*arguments, **environment):
    """Standard output of a Python that knows nothing of this one's limits but `environment`."""
    clean = {k: v for k, v in os.environ.items() if k not in ("OMP_NUM_THREADS", "PENSEL_THREADS")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        env=clean | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def started(*codes, threads="4"):
    return json.loads(run("-c", PREDICT, *codes, PENSEL_THREADS=threads))


def test_threadpoolctl_sees_it():
    found = [one for one in threadpoolctl.threadpool_info() if one["user_api"] == "pensel"]
    assert len(found) == 1
    assert found[0]["num_threads"] == pensel.machine().threads
    assert found[0]["version"] == pensel.__version__
    assert os.path.samefile(found[0]["filepath"], pensel._core.__file__)


EIGHT = "model.set_params(n_threads=8)\n"


def test_parameters_and_threadpoolctl_limit_it():
    cases = {
        "predict()": 3,
        "with threadpool_limits(3): predict()": 2,
        "with threadpool_limits(1, user_api='pensel'): predict()": 0,
        "with threadpool_limits(1, user_api='blas'): predict()": 3,
        EIGHT + "predict()": 7,
        "model.set_params(n_threads=-1); predict()": 3,  # as joblib's n_jobs
        "model.set_params(n_threads=-2); predict()": 2,
        "model.set_params(n_threads=-9); predict()": 0,
        EIGHT + "with threadpool_limits(2): predict()": 1,  # before a parameter
        "with threadpool_limits(1): pass\npredict()": 3,  # it ends
        EIGHT + "with threadpool_limits(1): pass\npredict()": 7,
    }
    assert dict(zip(cases, started(*cases), strict=True)) == cases


def test_a_limit_is_seen_until_it_ends():
    before = pensel.machine()
    with threadpoolctl.threadpool_limits(1):
        assert pensel.machine().threads == 1
    assert pensel.machine() == before


def test_no_thread_at_all_is_refused():
    with pytest.raises(ValueError, match="n_threads"):
        pensel.MLPRegressor(n_threads=0).fit([[0.0], [1.0]], [0.0, 1.0])


def count(*arguments, **environment):
    return json.loads(run(str(TESTS / "count_threads.py"), *arguments, **environment))


def test_a_search_by_processes_keeps_to_its_share():
    counts = count("loky", "3")
    assert max(counts) == 2 and set(counts) <= {0, 2}


def test_threads_of_a_process_share_its_threads():
    """Four fits at once start no more helpers than one fit does."""
    assert count("threading", PENSEL_THREADS="3") in ([1], [2])


def test_a_search_by_dask_has_one_thread_a_worker():
    pytest.importorskip("distributed")
    assert count("dask") == [0, 0, 0, 0]


def test_results_do_not_depend_on_a_limit():
    X = np.random.RandomState(1).uniform(-1, 1, (3000, 20))
    model = pensel.MLPRegressor(hidden_layer_sizes=(80, 80), max_iter=2, random_state=0)
    whole = model.fit(X, X[:, 0]).predict(X)
    with threadpoolctl.threadpool_limits(1):
        np.testing.assert_array_equal(model.fit(X, X[:, 0]).predict(X), whole)


def test_many_threads_at_once_do_what_one_does():
    rng = np.random.RandomState(3)
    X = rng.uniform(-1, 1, (400, 6))
    y = X[:, 0] - X[:, 1] ** 2

    def work(seed):
        model = pensel.MLPRegressor(hidden_layer_sizes=(20, 8), max_iter=4, random_state=seed)
        return model.fit(X, y).predict(X), shared.predict(X)

    shared = pensel.MLPRegressor(hidden_layer_sizes=(30,), max_iter=2, random_state=0).fit(X, y)
    alone = [work(seed) for seed in range(12)]
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(work, range(12)))
    np.testing.assert_array_equal(together, alone)


def test_a_training_that_runs_takes_no_other_thread():
    X = np.random.RandomState(3).uniform(-1, 1, (50, 6))
    answers = []

    def learn(training):
        try:
            with stream(np.random.RandomState(1)) as random:
                training.epoch(X, X[:, :1].copy(), None, random, False)
        except RuntimeError as error:
            answers.append(str(error))

    def watch(model, progress):
        other = threading.Thread(target=learn, args=[model._optimizer._training])
        other.start()
        other.join()

    model = pensel.MLPRegressor(hidden_layer_sizes=(4,), max_iter=2, random_state=0, callback=watch)
    model.fit(X, X[:, 0])
    assert answers == ["this estimator is being trained by another thread"] * 2
    learn(model._optimizer._training)  # and then it is free again
    assert len(answers) == 2
