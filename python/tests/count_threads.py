"""Fits in parallel, and says how many threads pensel started for them; a program of test_threads.py.

    python count_threads.py loky [SHARE] | threading | dask

On standard output: for each task the threads that its process had after it, less those before; of
"threading" without Python's own. The network and the batch are so large that the library shares every
step, whatever the machine does.
"""

import json
import os
import sys
import threading
import warnings

import joblib
import numpy as np
from sklearn.model_selection import GridSearchCV

import pensel

X = np.random.RandomState(0).uniform(-1, 1, (2000, 30))
Y = X[:, 0] * X[:, 1]
SETTINGS = dict(hidden_layer_sizes=400, batch_size=2000, max_iter=2, random_state=0)


def threads():
    return len(os.listdir("/proc/self/task"))


class Counted(pensel.MLPRegressor):
    """One whose score is how many threads its fit has started."""

    def fit(self, X, y):
        before = threads()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            super().fit(X, y)
        self.started_ = threads() - before
        return self

    def score(self, X, y):
        return self.started_


def search():
    """Of each fit of a search by two jobs; a worker's first is the one that starts threads."""
    grid = GridSearchCV(
        Counted(**SETTINGS), {"alpha": [1e-4, 1e-3]}, cv=2, n_jobs=2, refit=False, error_score="raise"
    )
    grid.fit(np.tile(X, (2, 1)), np.tile(Y, 2))
    results = grid.cv_results_
    return [float(n) for split in range(2) for n in results[f"split{split}_test_score"]]


def others():
    """Threads that are not Python's"""
    return threads() - len(threading.enumerate())


together = threading.Barrier(4)
before = others()  # BLAS has some


def fit_beside():
    """Its loss, and what helpers there are while all four fits' threads are there."""
    model = pensel.MLPRegressor(**SETTINGS).fit(X, Y)
    together.wait()
    helpers = others() - before
    together.wait()
    return model.loss_, helpers


def main(backend, share=None):
    if backend == "threading":
        with joblib.parallel_config(backend, n_jobs=4):
            fits = joblib.Parallel()(joblib.delayed(fit_beside)() for _ in range(4))
        assert len({loss for loss, _ in fits}) == 1
        print(json.dumps([max(helpers for _, helpers in fits)]))
    elif backend == "dask":
        from distributed import Client, LocalCluster

        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            with Client(cluster), joblib.parallel_config("dask"):
                print(json.dumps(search()))
    else:
        more = {} if share is None else {"inner_max_num_threads": int(share)}
        with joblib.parallel_config("loky", **more):
            print(json.dumps(search()))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
