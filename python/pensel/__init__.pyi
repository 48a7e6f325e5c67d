import builtins
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, NamedTuple, Self, TypeAlias

from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.preprocessing import MinMaxScaler, StandardScaler

__version__: str
__all__ = [
    "Activation",
    "CompactPainting",
    "Machine",
    "MLPClassifier",
    "MLPRegressor",
    "Neuron",
    "Painting",
    "Progress",
    "TableClassifier",
    "TableRegressor",
    "VersionWarning",
    "activation",
    "activations",
    "export",
    "from_keras",
    "from_sklearn",
    "from_torch",
    "import_model",
    "load",
    "machine",
    "paint",
    "register_activation",
    "register_skl2onnx",
    "to_onnx",
    "to_torch",
]

_Array: TypeAlias = NDArray[Any]
_ActivationName: TypeAlias = str | Literal[
    "identity",
    "logistic",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "softplus",
    "gelu",
    "silu",
    "sine",
    "gaussian",
    "exponential",
]
_OneActivation: TypeAlias = _ActivationName | tuple[_ActivationName, float]
_Activation: TypeAlias = _OneActivation | Sequence[_OneActivation]
# What is chosen by name. The names are the library's, so any is taken here; those written out are
# for editors.
_Loss: TypeAlias = (
    Literal["squared_error", "poisson", "absolute_error", "huber", "log_cosh", "quantile"] | str
)
_Solver: TypeAlias = Literal["adam", "sgd", "lbfgs"] | str
_Schedule: TypeAlias = (
    Literal["constant", "invscaling", "adaptive", "cosine", "exponential", "inverse_time"] | str
)
_Scoring: TypeAlias = str | Callable[[Any, Any, Any], float] | None
_Initialisation: TypeAlias = Literal["glorot", "he", "siren"]
_Encoding: TypeAlias = Literal["fourier", "hashgrid", "pyramid"] | Mapping[str, Any] | None
_Precision: TypeAlias = Literal["float32", "float64", "bfloat16"]
_Scaling: TypeAlias = Literal["none", "standard", "minmax"]
_Path: TypeAlias = str | PathLike[str]
_Matrix: TypeAlias = Any  # array-like, or a sparse matrix or array of SciPy

class VersionWarning(UserWarning): ...

class Progress(NamedTuple):
    epoch: int
    epochs: int
    steps: int
    samples: int
    loss: float
    best_loss: float
    validation_score: float
    learning_rate: float
    seconds: float
    validation_loss: float

class Activation(NamedTuple):
    name: str
    formula: str
    derivative: str
    range: str
    parameter: float | None

class Machine(NamedTuple):
    isa: str
    threads: int

def activations() -> list[Activation]: ...
def activation(
    name: str, z: ArrayLike, parameter: float | None = None
) -> tuple[_Array, _Array]: ...
def register_activation(
    name: str,
    function: Callable[[_Array], ArrayLike] | Callable[..., None] | int,
    slope: Callable[[_Array], ArrayLike] | None = None,
) -> None: ...
def machine() -> Machine: ...
def load(
    path: _Path,
) -> (
    MLPRegressor
    | MLPClassifier
    | TableRegressor
    | TableClassifier
    | Painting
    | CompactPainting
): ...

def export(
    model: MLPRegressor | MLPClassifier | TableRegressor | TableClassifier | Painting,
    path: _Path,
    *,
    name: str | None = None,
    target: Literal["onnx", "c", "h", "json", "npz", "glsl", "html"] | None = None,
    quantise: Literal["none", "int8"] | None = None,
    max_loss: float | None = None,
    X_check: Any = None,
    y_check: ArrayLike | None = None,
) -> dict[str, Any] | None: ...
def to_onnx(
    model: MLPRegressor | MLPClassifier | TableRegressor | TableClassifier | Painting,
    *,
    name: str = "model",
) -> bytes: ...
def register_skl2onnx() -> None: ...
def import_model(
    path: _Path,
    *,
    activation: str | None = None,
    layers: str | None = None,
    task: Literal["regression", "classification"] | None = None,
    classes: ArrayLike | None = None,
) -> MLPRegressor | MLPClassifier: ...
def from_torch(
    module: Any,
    *,
    activation: str | None = None,
    layers: str | None = None,
    task: Literal["regression", "classification"] | None = None,
    classes: ArrayLike | None = None,
) -> MLPRegressor | MLPClassifier: ...
def from_keras(
    model: Any,
    *,
    task: Literal["regression", "classification"] | None = None,
    classes: ArrayLike | None = None,
) -> MLPRegressor | MLPClassifier: ...
def from_sklearn(model: Any) -> MLPRegressor | MLPClassifier: ...
def to_torch(model: MLPRegressor | MLPClassifier) -> Any: ...

class Neuron:
    activation: str
    parameter: float
    b: float
    ws: _Array
    def __init__(
        self,
        n_inputs: int,
        bias: float = 0.0,
        weights: Sequence[float] | _Array | None = None,
        *,
        activation: str = "leaky_relu",
        parameter: float | None = None,
    ) -> None: ...
    @property
    def weights(self) -> _Array: ...
    @property
    def bias(self) -> float: ...
    def run(self, inputs: ArrayLike) -> float: ...
    def __call__(self, inputs: ArrayLike) -> float: ...
    def steps(self, inputs: ArrayLike) -> dict[str, Any]: ...

class _NetworkEstimator(BaseEstimator):
    hidden_layer_sizes: int | Sequence[int]
    activation: _Activation
    solver: _Solver
    alpha: float
    batch_size: int | Literal["auto"]
    learning_rate: _Schedule
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: int | RandomState | None
    tol: float
    verbose: bool | int
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    encoding: _Encoding
    layers: str | None
    initialisation: _Initialisation
    dropout: float
    weight_decay: float
    clip_norm: float | None
    average: float
    decay: float
    max_seconds: float | None
    keep_solver: bool
    callback: Callable[[Any, Progress], object] | None
    scoring: _Scoring
    progress_bar: bool
    sklearn_gradient: bool
    precision: _Precision | None
    scale_inputs: _Scaling
    checkpoint: _Path | None
    checkpoint_every: float
    resume: _Path | None
    n_threads: int | None

    coefs_: list[_Array]
    intercepts_: list[_Array]
    encoding_: _Array
    loss_: float
    best_loss_: float | None
    loss_curve_: list[float]
    @property
    def history_(self) -> dict[str, list[float]]: ...
    validation_scores_: list[float] | None
    validation_loss_curve_: list[float] | None
    best_validation_score_: float | None
    n_iter_: int
    t_: int
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    n_features_in_: int
    feature_names_in_: _Array
    target_names_: _Array
    input_scaler_: StandardScaler | MinMaxScaler | None
    target_scaler_: StandardScaler | MinMaxScaler | None
    stopped_: str

    def fit(
        self,
        X: _Matrix,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: _Matrix | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self: ...
    def predict(self, X: _Matrix) -> _Array: ...
    def predict_draws(
        self, X: _Matrix, n_draws: int = 100, random_state: int | RandomState | None = None
    ) -> _Array: ...
    def summary(self) -> str: ...
    def plot_history(self, ax: Any = None) -> Any: ...
    def save(self, path: _Path) -> None: ...
    @classmethod
    def load(cls, path: _Path) -> Self: ...

class MLPRegressor(RegressorMixin, _NetworkEstimator):
    loss: _Loss
    out_activation: _ActivationName | None
    huber_delta: float
    quantile: float
    scale_targets: _Scaling
    def __init__(
        self,
        loss: _Loss = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: _Activation = "relu",
        *,
        solver: _Solver = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: _Schedule = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        out_activation: _ActivationName | None = None,
        huber_delta: float = 1.0,
        quantile: float = 0.5,
        encoding: _Encoding = None,
        layers: str | None = None,
        initialisation: _Initialisation = "glorot",
        dropout: float = 0.0,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        average: float = 0.0,
        decay: float = 0.99,
        max_seconds: float | None = None,
        keep_solver: bool = False,
        callback: Callable[[Any, Progress], object] | None = None,
        scoring: _Scoring = None,
        progress_bar: bool = False,
        sklearn_gradient: bool = True,
        precision: _Precision | None = None,
        scale_inputs: _Scaling = "none",
        scale_targets: _Scaling = "none",
        checkpoint: _Path | None = None,
        checkpoint_every: float = 30.0,
        resume: _Path | None = None,
        n_threads: int | None = None,
    ) -> None: ...
    def partial_fit(
        self, X: _Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self: ...
    def score(self, X: _Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float: ...

class MLPClassifier(ClassifierMixin, _NetworkEstimator):
    loss: str
    class_weight: Mapping[Any, float] | Literal["balanced"] | None
    classes_: _Array
    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: _Activation = "relu",
        *,
        solver: _Solver = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: _Schedule = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        encoding: _Encoding = None,
        layers: str | None = None,
        initialisation: _Initialisation = "glorot",
        dropout: float = 0.0,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        average: float = 0.0,
        decay: float = 0.99,
        max_seconds: float | None = None,
        keep_solver: bool = False,
        callback: Callable[[Any, Progress], object] | None = None,
        scoring: _Scoring = None,
        progress_bar: bool = False,
        sklearn_gradient: bool = True,
        precision: _Precision | None = None,
        scale_inputs: _Scaling = "none",
        checkpoint: _Path | None = None,
        checkpoint_every: float = 30.0,
        resume: _Path | None = None,
        n_threads: int | None = None,
    ) -> None: ...
    def partial_fit(
        self,
        X: _Matrix,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self: ...
    def predict_proba(self, X: _Matrix) -> _Array: ...
    def predict_log_proba(self, X: _Matrix) -> _Array: ...
    def score(self, X: _Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float: ...

_Role: TypeAlias = Literal["number", "category", "date", "drop"]

class _TableEstimator(BaseEstimator):
    max_seconds: float
    max_epochs: int | None
    random_state: int | RandomState | None
    column: Mapping[str, _Role] | None
    verbose: bool | int
    n_threads: int | None

    report_: dict[str, Any]
    schema_: dict[str, dict[str, Any]]
    feature_importances_: _Array
    n_features_in_: int
    feature_names_in_: _Array
    def __init__(
        self,
        *,
        max_seconds: float = 30.0,
        max_epochs: int | None = None,
        random_state: int | RandomState | None = 0,
        column: Mapping[str, _Role] | None = None,
        verbose: bool | int = False,
        n_threads: int | None = None,
    ) -> None: ...
    # a DataFrame of pandas or polars, an Arrow table, or an array
    def fit(self, X: Any, y: Any) -> Self: ...
    def predict(self, X: Any) -> _Array: ...
    def save(self, path: _Path) -> None: ...
    @classmethod
    def load(cls, path: _Path) -> Self: ...

class TableRegressor(RegressorMixin, _TableEstimator):
    def predict_interval(self, X: Any, coverage: float = 0.9) -> _Array: ...

class TableClassifier(ClassifierMixin, _TableEstimator):
    classes_: _Array
    def predict_proba(self, X: Any) -> _Array: ...
    def predict_log_proba(self, X: Any) -> _Array: ...

class Painting:
    width: int
    height: int
    channels: int
    pictures: int
    colours: int
    parameters: int
    chosen: str
    settings: dict[str, dict[str, Any]]
    profile: bytes | None
    loss_curve_: list[float]
    n_iter_: int
    loss_: float
    stopped_: str
    psnr_: float | None
    def __init__(self, core: Any) -> None: ...
    def render(
        self,
        size: tuple[int | None, int | None] | None = None,
        part: tuple[float, float, float, float] | None = None,
        *,
        mix: float = 0.0,
        soft: bool = False,
        sharp: bool = False,
        pixel_art: Literal["auto", "never", "nearest", "epx"] = "auto",
        dtype: Any = ...,
        threads: int | None = None,
    ) -> _Array: ...
    def psnr(self, picture: Any) -> float: ...
    def image(self, **how: Any) -> Any: ...
    def save(self, path: _Path) -> None: ...

class CompactPainting:
    width: int
    height: int
    channels: int
    bits: int
    parameters: int
    drawn: bool
    step: float
    profile: builtins.bytes | None
    psnr_: float | None
    def __init__(self, core: Any) -> None: ...
    @classmethod
    def from_bytes(cls, data: Any) -> Self: ...
    def render(
        self,
        size: tuple[int | None, int | None] | None = None,
        part: tuple[float, float, float, float] | None = None,
        *,
        sharp: bool = False,
        pixel_art: Literal["auto", "never", "nearest", "epx"] = "auto",
        dtype: Any = ...,
        threads: int | None = None,
    ) -> _Array: ...
    def psnr(self, picture: Any) -> float: ...
    def image(self, **how: Any) -> Any: ...
    def save(self, path: _Path) -> None: ...
    @property
    def bytes(self) -> builtins.bytes: ...

def paint(
    picture: Any,
    *,
    task: Literal["regression", "classification"] | None = None,
    preset: Literal["tutorial"] | None = None,
    hidden: int | Sequence[int] | None = None,
    activation: Any = None,
    weights: ArrayLike | None = None,
    quality: float | None = None,
    bytes: float | None = None,
    parameters: float | None = None,
    seconds: float | None = None,
    encoding: str | None = None,
    raw_coordinates: bool | None = None,
    periodic: bool | None = None,
    psnr: float | None = None,
    threshold: float | None = None,
    colours: float | None = None,
    subpixel: float | None = None,
    exact: bool | None = None,
    initialisation: str | None = None,
    precision: str | None = None,
    scale_inputs: str | None = None,
    scale_targets: str | None = None,
    balanced: bool | None = None,
    one_hot: bool | None = None,
    seed: int | None = None,
    solver: str | None = None,
    loss: str | None = None,
    alpha: float | None = None,
    batch_size: float | None = None,
    learning_rate: str | None = None,
    learning_rate_init: float | None = None,
    power_t: float | None = None,
    epochs: float | None = None,
    shuffle: bool | None = None,
    tol: float | None = None,
    momentum: float | None = None,
    nesterovs_momentum: bool | None = None,
    early_stopping: bool | None = None,
    validation_fraction: float | None = None,
    beta_1: float | None = None,
    beta_2: float | None = None,
    epsilon: float | None = None,
    n_iter_no_change: float | None = None,
    max_fun: float | None = None,
    max_seconds: float | None = None,
    weight_decay: float | None = None,
    decay: float | None = None,
    clip_norm: float | None = None,
    average: float | None = None,
    dropout: float | None = None,
    huber_delta: float | None = None,
    sklearn_gradient: bool | None = None,
    shards: float | None = None,
    threads: int | None = None,
    quantile: float | None = None,
    features: float | None = None,
    levels: float | None = None,
    table_log2: float | None = None,
    base_resolution: float | None = None,
    fine_resolution: float | None = None,
    frequency_scale: float | None = None,
) -> Painting | CompactPainting: ...
