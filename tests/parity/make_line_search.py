"""Writes line_search.h: the steps that SciPy's dcsrch tries, which pensel's search must try too.

Run: python tests/parity/make_line_search.py (needs SciPy)

The lines are arithmetic alone, so that C computes them to rounding: LINES here is `lines` in test_line_search.c.
No line has every turn that the search has. So there are dialogues too: whatever step is tried, the answer is a loss
and a slope drawn beforehand, of few digits, so that ties come up, and often of a kind that the search does not expect.
"""

import itertools
import pathlib
import textwrap

import numpy
import scipy
from scipy.optimize._dcsrch import DCSRCH

LINES = [
    # Moré & Thuente 1994, (5.1) and (5.2)
    (lambda t: -t / (t * t + 2), lambda t: (t * t - 2) / (t * t + 2) ** 2),
    (lambda t: (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
     lambda t: 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3),
    # a parabola, a quartic with two minima, a pole, a slope without end, a slope that flattens
    (lambda t: (t - 3) * (t - 3), lambda t: 2 * (t - 3)),
    (lambda t: t * (t - 1) * (t - 2) * (t - 4) - t, lambda t: 4 * t**3 - 21 * t**2 + 28 * t - 9),
    (lambda t: 1 / (1 + t) + 1e-4 * t, lambda t: -1 / (1 + t) ** 2 + 1e-4),
    (lambda t: -t, lambda t: -1.0),
    (lambda t: 1 / (1 + t), lambda t: -1 / (1 + t) ** 2),
    # a slope that lies: no step is low enough
    (lambda t: t, lambda t: -1.0),
    # one that is steeper beyond a hill
    (lambda t: -t + 2 * t * t - t**3, lambda t: -1 + 4 * t - 3 * t * t),
]
FIRST = [1e-3, 0.1, 1, 2.5, 1e3]
TRIALS, WINDING = 20, 100
DIALOGUES, ANSWERS = 600, 9


def search(line, first):
    """The steps tried, and whether the last one was accepted."""
    f, slope = line
    dcsrch = DCSRCH(f, slope, ftol=1e-3, gtol=0.9, xtol=0.1, stpmin=0, stpmax=1e10)
    step, loss, along, task = first, f(0.0), slope(0.0), b"START"
    steps = []
    step, loss, along, task = dcsrch._iterate(step, loss, along, task)
    while task[:2] == b"FG" and len(steps) < TRIALS:
        steps.append(step)
        step, loss, along, task = dcsrch._iterate(step, f(step), slope(step), task)
    return steps, task[:2] != b"FG"


def winding(random):
    """Polynomials of degree 6 that fall at 0 and whose search takes 4 steps or more: (coefficients, first step)."""
    while True:
        a = numpy.round(random.normal(size=7) * 2.0 ** random.randint(-3, 4, 7), 3)
        a[1], a[6] = -abs(a[1]) - 0.01, abs(a[6]) + 0.01
        first = float(2.0 ** random.randint(-6, 7))
        steps, _ = search(polynomial(a), first)
        if len(steps) >= 4:
            yield a, first


def polynomial(a):
    """Horner's rule, as in C."""
    def value(c):
        def at(t):
            total = 0.0
            for k in reversed(range(len(c))):
                total = total * t + c[k]
            return total
        return at
    return value(a), value(numpy.arange(1, 7) * a[1:])


def answer(random, step, steep):
    """A loss and a slope at a step: on a road that goes down for long, near what would be low enough, or anywhere."""
    slope = random.choice([-2, -1, -1, -0.9, -0.5, -0.125, -0.001, 0.001, 0.25, 0.5, 0.9, 0.95, 1, 3])
    kind = random.randint(4)
    if kind < 2 and steep:
        loss = -step * random.choice([0.25, 0.5, 0.75, 0.875, 0.95, 0.975, 1, 1.0625, 1.25, 2])
        slope = random.choice([-3, -1.5, -1.0625, -1, -0.99, -0.97, -0.95, -0.93, -0.91, 0.91, 0.95, 1.5])
    elif kind < 2:
        loss = -step * 1e-3 * random.choice([0, 0.125, 0.25, 0.5, 0.75, 0.875, 1, 1.125, 2])
        slope = random.choice([-2, -1, -0.95, -0.5, -0.01, -0.001, 0, 0.95])
    elif kind < 3:
        loss = -step * 2.0 ** random.randint(-12, 2) * random.choice([1, 1, 1, 0, -1])
    else:
        loss = random.randint(-16, 5) / 8
    return float(loss), float(slope)


def dialogue(random):
    """(first step, answers, steps tried, accepted); the start has loss 0 and slope -1. None: not finite."""
    first = float(random.choice([0.125, 0.5, 1, 1, 4, 2.5e9, 1e10]))
    dcsrch = DCSRCH(None, None, ftol=1e-3, gtol=0.9, xtol=0.1, stpmin=0, stpmax=1e10)
    step, loss, slope, task = dcsrch._iterate(first, 0.0, -1.0, b"START")
    answers, steps, steep = [], [], random.randint(3) > 0
    while task[:2] == b"FG" and len(steps) < ANSWERS:
        steps.append(float(step))
        answers.append(answer(random, step, steep))
        step, loss, slope, task = dcsrch._iterate(step, *answers[-1], task)
        if not numpy.isfinite(step):
            return None
    return first, answers, steps, task[:2] != b"FG"


def dialogues():
    random = numpy.random.RandomState(11)
    numpy.seterr(all="ignore")
    found = []
    while len(found) < DIALOGUES:
        try:
            one = dialogue(random)
        except ZeroDivisionError:
            continue
        if one and len(one[2]) >= 3:
            found.append(one)
    lines = ["static const struct {",
             "    double first;",
             "    int count, accepted;",
             "    double answers[%d][3]; /* loss, slope; the step that they answer */" % ANSWERS,
             "} dialogues[] = {"]
    for first, answers, steps, accepted in found:
        rows = ", ".join("{%r, %r, %r}" % (*a, step) for a, step in zip(answers, steps))
        lines.append("    {%r, %d, %d, {%s}}," % (first, len(steps), accepted, rows))
    return lines + ["};"]


def main():
    lines = ["/* Written by make_line_search.py with SciPy %s; do not edit. */" % scipy.__version__,
             "enum { TRIALS = %d };" % TRIALS,
             "static const struct {",
             "    int line;",
             "    double a[7]; /* coefficients of the last line */",
             "    double first;",
             "    int count, accepted;",
             "    double steps[TRIALS];",
             "} searches[] = {"]
    cases = [(number, (), line, first) for number, line in enumerate(LINES) for first in FIRST]
    roads = winding(numpy.random.RandomState(7))
    for a, first in itertools.islice(roads, WINDING):
        cases.append((len(LINES), a, polynomial(a), first))
    for number, a, line, first in cases:
        steps, accepted = search(line, first)
        body = textwrap.wrap(", ".join(repr(float(step)) for step in steps), 90)
        lines.append("    {.line = %d, .a = {%s}, .first = %r, .count = %d, .accepted = %d, .steps = {" % (
            number, ", ".join(repr(float(c)) for c in a) or "0", first, len(steps), accepted))
        lines += ["        " + text for text in body] + ["    }},"]
    lines.append("};")
    lines += dialogues()
    pathlib.Path(__file__).with_name("line_search.h").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
