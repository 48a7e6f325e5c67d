"""Writes random.h: numbers of NumPy's legacy generator, which pensel's must equal bit for bit.

Run: python tests/parity/make_random.py (needs NumPy)
"""

import pathlib

import numpy

SEEDS = [0, 1, 42, 12345, 2**31, 2**32 - 1]
DRAWS = 700  # more than one block of 624 words


def row(values, form):
    return "{" + ", ".join(form(value) for value in values) + "}"


def main():
    lines = ["/* Written by make_random.py with NumPy %s; do not edit. */" % numpy.__version__]
    lines.append("enum { SEEDS = %d, DRAWS = %d, CARDS = 20 };" % (len(SEEDS), DRAWS))
    lines.append("static const uint32_t seeds[SEEDS] = %s;" % row(SEEDS, "{}u".format))
    first, last, shuffled, after = [], [], [], []
    for seed in SEEDS:
        state = numpy.random.RandomState(seed)
        draws = state.uniform(-1, 3, DRAWS)
        first.append(draws[:4])
        last.append(draws[-4:])
        cards = numpy.arange(20)
        state.shuffle(cards)
        state.shuffle(cards)
        shuffled.append(cards)
        many = numpy.arange(1000)
        state.shuffle(many)
        after.append(state.uniform(0, 1))
    exact = lambda value: float(value).hex()
    for name, table in (("first_draws", first), ("last_draws", last)):
        lines.append("static const double %s[SEEDS][4] = {" % name)
        lines += ["    %s," % row(values, exact) for values in table]
        lines.append("};")
    lines.append("/* 0..19 shuffled twice after the draws */")
    lines.append("static const size_t shuffled[SEEDS][CARDS] = {")
    lines += ["    %s," % row(values, str) for values in shuffled]
    lines.append("};")
    lines.append("/* uniform(0, 1) after a shuffle of 1000 items more */")
    lines.append("static const double after[SEEDS] = {")
    lines += ["    %s," % exact(value) for value in after]
    lines.append("};")
    target = pathlib.Path(__file__).with_name("random.h")
    target.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
