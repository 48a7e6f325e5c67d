"""A model as a module of PyTorch: the operations in which it leaves, one module for each.

torch is imported by `to_torch` alone; the modules of what nn has not are made with it, once.
"""

import ast
import functools
import json
import operator

import numpy as np

from pensel import _core
from pensel._export import _held


@functools.cache
def _modules():
    """The modules that nn has not, as a namespace."""
    import types

    import torch
    from torch import nn

    class Function(nn.Module):
        """An activation of pensel that nn has not, by its formula; p is its parameter."""

        def __init__(self, name, p, formula):
            super().__init__()
            self.name, self.p, self.value = name, p, _function(formula)

        def forward(self, z):
            return self.value(z, self.p)

        def extra_repr(self):
            return self.name

    class Scale(nn.Module):
        """(a - c) / w in double, as the library does it, rounded to the network's numbers."""

        def __init__(self, w, c, dtype):
            super().__init__()
            self.register_buffer("offset", torch.tensor(c, dtype=torch.float64))
            self.register_buffer("scale", torch.tensor(w, dtype=torch.float64))
            self.kind = dtype

        def forward(self, a):
            return ((a.to(torch.float64) - self.offset) / self.scale).to(self.kind)

    class Unscale(nn.Module):
        """a w + c in double, between two bounds."""

        def __init__(self, w, c, low, high):
            super().__init__()
            self.register_buffer("offset", torch.tensor(c, dtype=torch.float64))
            self.register_buffer("scale", torch.tensor(w, dtype=torch.float64))
            self.low, self.high = low, high

        def forward(self, a):
            y = a.to(torch.float64) * self.scale + self.offset
            return y if self.low is None and self.high is None else y.clamp(self.low, self.high)

    class Multiply(nn.Module):
        def __init__(self, c, dtype):
            super().__init__()
            self.factor = nn.Parameter(torch.tensor(c, dtype=dtype))

        def forward(self, a):
            return a * self.factor

    class Offset(nn.Module):
        def __init__(self, c, dtype):
            super().__init__()
            self.offset = nn.Parameter(torch.tensor(c, dtype=dtype))

        def forward(self, a):
            return a + self.offset

    class Groups(nn.Module):
        """A matrix for each group of inputs: w (groups, out, in), c (groups * out)."""

        def __init__(self, w, c, dtype):
            super().__init__()
            self.weight = nn.Parameter(torch.tensor(w, dtype=dtype))
            self.bias = nn.Parameter(torch.tensor(c, dtype=dtype))

        def forward(self, a):
            groups, _, n = self.weight.shape
            z = torch.einsum("sgi,goi->sgo", a.reshape(len(a), groups, n), self.weight)
            return z.reshape(len(a), -1) + self.bias

    class Lookup(nn.Module):
        """Row a of a table; row 0 where a is none of them."""

        def __init__(self, w, dtype):
            super().__init__()
            self.table = nn.Parameter(torch.tensor(w, dtype=dtype))

        def forward(self, a):
            a = a[:, 0]
            known = (a >= 0) & (a < len(self.table)) & (a == torch.floor(a))
            return self.table[torch.where(known, a, torch.zeros_like(a)).long()]

    class Pair(nn.Module):
        def forward(self, a):
            return torch.cat([1 - a, a], 1)

    class Graph(nn.Module):
        """Steps that are not one after another: each with what it takes."""

        def __init__(self, steps, wiring, output):
            super().__init__()
            self.steps = nn.ModuleList(m or nn.Identity() for m in steps)
            self.wiring, self.output = wiring, output

        def forward(self, x):
            values = []
            for step, (do, *taken) in zip(self.steps, self.wiring, strict=True):
                if do == "input":
                    values.append(x)
                elif do == "join":
                    values.append(torch.cat([values[i] for i in taken[0]], 1))
                elif do == "pick":
                    values.append(values[taken[0]][:, taken[1]])
                elif do in ("add", "subtract"):
                    a, b = (values[i] for i in taken)
                    values.append(a + b if do == "add" else a - b)
                else:
                    values.append(step(values[taken[0]]))
            return values[self.output]

    return types.SimpleNamespace(**{k: v for k, v in locals().items() if isinstance(v, type)})


def _function(formula):
    """A formula of the language of src/export/formula.h as a function of z and p."""
    import torch

    operators = {"Add": operator.add, "Sub": operator.sub, "Mult": operator.mul}
    operators |= {"Div": operator.truediv, "Lt": operator.lt, "Gt": operator.gt}
    functions = {"where": torch.where, "max": torch.maximum, "min": torch.minimum}
    functions |= {"logistic": torch.sigmoid, "softmax": lambda z: torch.softmax(z, 1)}
    names = "abs sqrt exp expm1 log log1p sin cos tanh atan erfc"
    functions |= {name: getattr(torch, name) for name in names.split()}

    def number(value, z):
        return torch.full((), value, dtype=z.dtype, device=z.device)

    def joined(function, parts):
        return lambda z, p: function(*(part(z, p) for part in parts))

    def built(node):
        if isinstance(node, ast.Constant):
            return lambda z, p: number(node.value, z)
        if isinstance(node, ast.Name):
            return (lambda z, p: z) if node.id == "z" else (lambda z, p: number(p, z))
        if isinstance(node, ast.UnaryOp):
            return joined(operator.neg, [built(node.operand)])
        if isinstance(node, ast.BinOp):
            both = [built(node.left), built(node.right)]
            return joined(operators[type(node.op).__name__], both)
        if isinstance(node, ast.Compare):
            both = [built(node.left), built(node.comparators[0])]
            return joined(operators[type(node.ops[0]).__name__], both)
        return joined(functions[node.func.id], [built(part) for part in node.args])

    return built(ast.parse(formula, mode="eval").body)


def _activation(name, p, formula):
    from torch import nn

    known = {
        "identity": nn.Identity,
        "logistic": nn.Sigmoid,
        "tanh": nn.Tanh,
        "relu": nn.ReLU,
        "leaky-relu": lambda: nn.LeakyReLU(p),
        "elu": lambda: nn.ELU(p),
        "selu": nn.SELU,
        "softplus": nn.Softplus,
        "gelu": nn.GELU,
        "silu": nn.SiLU,
        "softmax": lambda: nn.Softmax(dim=1),
    }
    if name not in known and formula is None:
        raise ValueError(f"the activation {name} does not say how it leaves: torch cannot have it")
    return known[name]() if name in known else _modules().Function(name, p, formula)


def _linear(o, w, c, dtype):
    import torch
    from torch import nn

    if o["groups"] > 1:
        return _modules().Groups(w.reshape(o["groups"], -1, o["in"]), c, dtype)
    layer = nn.utils.skip_init(nn.Linear, o["in"], o["width"], dtype=dtype)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(w.reshape(o["width"], o["in"])))
        layer.bias.copy_(torch.tensor(c))
    return layer


def _steps(o, dtype):
    """The modules of an operation; None: its wiring says what it does."""
    from torch import nn

    m, do = _modules(), o["do"]
    w, c = (np.array(o[k], float) if k in o else None for k in "wc")
    if do in ("input", "join", "pick", "add", "subtract"):
        return [None]
    if do == "affine":
        f = [] if o["f"] == "identity" else [_activation(o["f"], o["parameter"], o["formula"])]
        return [_linear(o, w, c, dtype), *f]
    if do == "activate":
        return [_activation(o["f"], o["parameter"], o["formula"])]
    if do == "normalise":
        return [nn.LayerNorm(o["width"], o["parameter"], elementwise_affine=False)]
    made = {
        "multiply": lambda: m.Multiply(c, dtype),
        "offset": lambda: m.Offset(c, dtype),
        "scale": lambda: m.Scale(w, c, dtype),
        "unscale": lambda: m.Unscale(w, c, o.get("low"), o.get("high")),
        "lookup": lambda: m.Lookup(w.reshape(-1, o["width"]), dtype),
        "pair": m.Pair,
    }
    if do not in made:
        why = "is none of torch's modules here: to_onnx takes the model"
        raise ValueError(f"the operation {do} {why}")
    return [made[do]()]


def _wiring(o):
    if o["do"] == "input":
        return ("input",)
    if o["do"] == "join":
        return ("join", o["index"])
    if o["do"] == "pick":
        return ("pick", o["a"], o["index"])
    if o["do"] in ("add", "subtract"):
        return (o["do"], o["a"], o["b"])
    return (None, o["a"])


def to_torch(model):
    """A module of PyTorch with the numbers of a model, whose outputs are the same.

    A network of layers one after another is an nn.Sequential of nn.Linear and activations; scaling,
    in double as here, stands before and behind. Weights are parameters, so that it can be trained
    further there. Outputs are those of `predict`, of a classifier those of `predict_proba`.

    Parameters
    ----------
    model : MLPRegressor or MLPClassifier
        Fitted.

    Returns
    -------
    torch.nn.Module
        Of rows (n_samples, n_features_in_). What it cannot say, grids and the columns of a table,
        is an error that names the operation.

    See Also
    --------
    from_torch : Back again.

    Examples
    --------
    >>> import pensel, torch  # doctest: +SKIP
    >>> net = pensel.to_torch(pensel.load("model.safetensors"))  # doctest: +SKIP
    >>> net(torch.zeros(1, 4))  # doctest: +SKIP
    """
    import torch
    from torch import nn

    held = _held(model)
    text = _core.export(held, None, "model", "json", {}, None, None)[0]
    described = json.loads(text)
    if [value["form"] for value in described["inputs"]] != ["numbers"]:
        raise ValueError("a model of columns is none of torch's modules here: to_onnx takes it")
    dtype = torch.float64 if getattr(model, "precision", "") == "float64" else torch.float32
    operations = described["operations"]
    for o in operations:
        o["formula"] = described["formulas"].get(o.get("f"))
    steps = [_steps(o, dtype) for o in operations]
    wiring = [_wiring(o) for o in operations]
    chain = all(w == (None, i) for i, w in enumerate(wiring[1:]))
    if chain and described["output"] == len(steps) - 1:
        return nn.Sequential(*(m for step in steps[1:] for m in step))
    whole = [None if step == [None] else nn.Sequential(*step) for step in steps]
    return _modules().Graph(whole, wiring, described["output"])
