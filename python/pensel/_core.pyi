from collections.abc import Callable, Mapping
from os import PathLike
from typing import Any, Self, TypeAlias, final

from numpy.typing import NDArray

_Array: TypeAlias = NDArray[Any]
_Held: TypeAlias = tuple[_Array, _Array, _Array | None]
# network, targets, options, training, report, known
_Parts: TypeAlias = tuple[
    "Network", int, dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]
]

version: str

def activations() -> list[tuple[str, str, str, str, float, bool, bool]]: ...
def options(table: str, /) -> list[
    tuple[str, str, float, float, float, str, list[str], str, str]
]: ...
def apply(
    name: str, parameter: float, z: _Array, value: _Array | None, derivative: _Array | None, /
) -> None: ...
def neuron(
    weights: _Array, bias: float, activation: str, parameter: float, x: _Array, products: _Array, /
) -> tuple[float, float]: ...
def register_activation(name: str, function: Callable[[bool, bytes], _Array] | int, /) -> None: ...
def machine() -> tuple[str, int]: ...
def limit_threads(number: int, /) -> None: ...
def save(path: str | bytes | PathLike[str], parts: _Parts, /) -> None: ...
def export(
    model: Painting | TableModel | _Parts,
    path: str | bytes | PathLike[str] | None,
    name: str | None,
    target: str | None,
    options: Mapping[str, Any],
    x: _Array | Columns | None,
    y: _Array | Columns | None,
    /,
) -> tuple[bytes | None, dict[str, Any] | None]: ...
def import_model(
    source: str | bytes | PathLike[str],
    name: str,
    activation: str | None,
    layers: str | None,
    task: str | None,
    /,
) -> tuple[_Parts, list[str], list[str], float, float]: ...
def load(path: str | bytes | PathLike[str], /) -> _Parts | Painting | TableModel: ...
def missing(text: str, /) -> bool: ...
def row(names: list[str], values: list[Any], /) -> Columns | None: ...
def fit_table(
    X: Columns,
    target: Columns,
    options: dict[str, Any],
    roles: list[tuple[str, str]],
    callback: Callable[[float, float], object] | None,
    interruptible: bool,
    /,
) -> TableModel: ...
def paint(
    pixels: _Array,
    sizes: tuple[int, int, int, int],
    classes: bool,
    tutorial: bool,
    weights: _Array | None,
    profile: bytes | None,
    layers: tuple[tuple[int, str, float], ...] | None,
    options: Mapping[str, Any],
    interruptible: bool,
    /,
) -> Painting: ...
def compact(
    pixels: _Array,
    sizes: tuple[int, ...],
    bits: int,
    profile: bytes | None,
    options: Mapping[str, Any],
    interruptible: bool,
    /,
) -> Compact: ...
def compact_of(bytes: object, /) -> Compact: ...
def compact_load(path: str | bytes | PathLike[str], /) -> Compact | None: ...
def psnr(a: _Array, b: _Array, sizes: tuple[int, int, int], /) -> float: ...
def enlarge(
    larger: _Array,
    pixels: _Array,
    sizes: tuple[int, int, int],
    how: str,
    factor: int,
    threads: int,
    /,
) -> None: ...
def is_drawn(pixels: _Array, sizes: tuple[int, int, int], /) -> bool: ...
def same(a: object, b: object, c: tuple[Any, ...], d: tuple[Any, ...], /) -> bool: ...

@final
class Random:
    def __new__(cls, key: _Array | bytes, position: int, /) -> Self: ...
    def state(self) -> tuple[bytes, int]: ...

@final
class Network:
    def __new__(
        cls,
        inputs: int,
        layers: tuple[tuple[int, str, float], ...],
        precision: str,
        encoding: Mapping[str, Any],
        /,
    ) -> Self: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def initialise(self, how: str, random: Random, /) -> None: ...
    def shape(
        self,
    ) -> tuple[int, tuple[tuple[int, str, float], ...], str, dict[str, Any]]: ...
    def list(self) -> str | None: ...
    def layer(self, l: int, /) -> tuple[int, int, int, int]: ...
    def predict(self, x: _Array, y: _Array, threads: int, any: bool = False, /) -> bool: ...
    def draws(
        self, x: _Array, y: _Array, share: float, seed: int, draws: int, threads: int, /
    ) -> None: ...
    def gradient(
        self,
        x: _Array,
        y: _Array,
        weights: _Array | None,
        gradient: _Array | None,
        options: Mapping[str, Any],
        /,
    ) -> float: ...

@final
class Training:
    def __new__(cls, network: Network, options: Mapping[str, Any], /) -> Self: ...
    def run(
        self,
        x: _Array,
        y: _Array,
        weights: _Array | None,
        validation: _Held | None,
        random: Random,
        callback: Callable[..., object] | None,
        interruptible: bool,
        checkpoint: tuple[str | None, float, str | None] | None,
        score: Callable[[], float] | None = None,
        /,
    ) -> None: ...
    def epoch(
        self, x: _Array, y: _Array, weights: _Array | None, random: Random, interruptible: bool, /
    ) -> None: ...
    def restart(self) -> None: ...
    def configure(self, options: Mapping[str, Any], /) -> None: ...
    def report(self, first_loss: int, first_score: int, /) -> dict[str, Any]: ...
    def copy(self, which: int, array: _Array, /) -> bool: ...
    def restore(
        self,
        solver_steps: int,
        samples: int,
        learning_rate: float,
        best_loss: float,
        best_validation_score: float,
        no_improvement_count: int,
        first: _Array | None,
        second: _Array | None,
        best: _Array | None,
        /,
    ) -> None: ...

@final
class Painting:
    def render(self, pixels: _Array, rows: int, options: Mapping[str, Any], /) -> None: ...
    def save(self, path: str | bytes | PathLike[str], /) -> None: ...
    def to_dict(self) -> dict[str, Any]: ...
    def profile(self) -> bytes | None: ...

@final
class Compact:
    def paint(self, pixels: _Array, threads: int, /) -> None: ...
    def bytes(self) -> bytes: ...
    def save(self, path: str | bytes | PathLike[str], /) -> None: ...
    def to_dict(self) -> dict[str, Any]: ...

@final
class Columns:
    # a list of (name, form, values, texts), or a capsule with an Arrow stream
    def __new__(cls, table: object, /) -> Self: ...
    def shape(self) -> tuple[int, list[str]]: ...

@final
class TableModel:
    def predict(self, columns: Columns, y: _Array, /) -> None: ...
    def probabilities(self, columns: Columns, p: _Array, /) -> None: ...
    def interval(self, share: float, /) -> float: ...
    def save(self, path: str | bytes | PathLike[str], /) -> None: ...
    def schema(self) -> list[dict[str, Any]]: ...
    def report(self) -> dict[str, Any]: ...
    def meaning(self) -> tuple[str, str, list[str]]: ...
