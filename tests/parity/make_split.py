"""Writes expected_split.h: which samples scikit-learn's early stopping trains on and holds out, in which order.

Run: python tests/parity/make_split.py (needs NumPy and scikit-learn)
"""

import pathlib

import numpy
import sklearn
from sklearn.model_selection import train_test_split

# samples, every how many one is of the second class (0: no classes), share that is held out; of 30 in
# halves 27 are trained on, so that a draw decides which class has 14 of them
CASES = [(30, 2, 0.1), (12, 2, 0.25), (31, 3, 0.2), (40, 5, 0.35), (25, 0, 0.2)]
SEEDS = [0, 1, 7]
MOST = 40


def row(values):
    return "{" + ", ".join(map(str, values)) + "}"


def main():
    lines = ["/* Written by make_split.py with scikit-learn %s; do not edit. */" % sklearn.__version__]
    lines.append("enum { SPLIT_MOST = %d };" % MOST)
    lines.append("static const struct split_case {")
    lines.append("    size_t n, every, held_count;")
    lines.append("    double share;")
    lines.append("    uint32_t seed;")
    lines.append("    size_t order[SPLIT_MOST], held[SPLIT_MOST];")
    lines.append("    double after; /* the next number that is drawn */")
    lines.append("} split_cases[] = {")
    for n, every, share in CASES:
        for seed in SEEDS:
            random = numpy.random.RandomState(seed)
            y = numpy.arange(n) % every == 0 if every else None
            order, held = train_test_split(numpy.arange(n), test_size=share, random_state=random, stratify=y)
            lines.append("    {%d, %d, %d, %r, %d, %s, %s, %s}," % (
                n, every, len(held), share, seed, row(order), row(held), float(random.uniform(0, 1)).hex()))
    lines.append("};")
    target = pathlib.Path(__file__).with_name("expected_split.h")
    target.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
