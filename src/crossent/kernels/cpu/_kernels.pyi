"""bindings.cpp: the compiled kernels as functions of plain numbers."""

_Shape = tuple[int, int, int]  # outer, classes, inner
_Values = tuple[int, int, int, int, int]  # address, dtype, strides of outer, class, inner; address 0: absent
_Labels = tuple[int, int]  # address, dtype
_Operand = tuple[int, int, tuple[int, ...]]  # address, dtype, strides
_SoftmaxOptions = tuple[int, float, bool, float, float, int, int]
_Listed = tuple[int, int, int, int]  # addresses of ids, how many per position, addresses of masses and base
_SigmoidOptions = tuple[bool, bool, float, float, int]

def softmax_forward(
    shape: _Shape,
    logits: _Values,
    probabilities: _Values,
    labels: _Labels,
    weight: int,
    options: _SoftmaxOptions,
    loss: int,
    total: int,
    saved: int,
    stats: tuple[int, int, int, int],
    upstream: float,
    grad_logits: _Values,
    factors: int = 0,
    temperature: float = 1.0,
    listed: _Listed = ...,
) -> int: ...
def softmax_backward(
    shape: _Shape,
    logits: _Values,
    probabilities: _Values,
    labels: _Labels,
    weight: int,
    options: _SoftmaxOptions,
    grad: int,
    total: int,
    saved: int,
    grad_logits: _Values,
    grad_probabilities: _Values,
    factors: int = 0,
    temperature: float = 1.0,
    grad_lse: int = 0,
    grad_entropy: int = 0,
    entropy: int = 0,
    listed: _Listed = ...,
    grad_masses: int = 0,
) -> None: ...
def distillation_forward(
    shape: _Shape,
    student: _Values,
    teacher: _Values,
    factors: int,
    temperature: float,
    reduction: int,
    threads: int,
    loss: int,
    total: int,
    saved: int,
    upstream: float,
    grad_student: _Values,
    /,
) -> None: ...
def distillation_backward(
    shape: _Shape,
    student: _Values,
    teacher: _Values,
    factors: int,
    temperature: float,
    reduction: int,
    threads: int,
    grad: int,
    total: int,
    saved: int,
    grad_student: _Values,
    /,
) -> None: ...
def sigmoid_forward(
    sizes: tuple[int, ...],
    input: _Operand,
    target: _Operand,
    weight: _Operand,
    pos_weight: _Operand,
    options: _SigmoidOptions,
    loss: _Operand,
    total: int,
    count: int,
    upstream: float,
    grad_input: _Operand,
    /,
) -> int: ...
def sigmoid_backward(
    sizes: tuple[int, ...],
    input: _Operand,
    target: _Operand,
    weight: _Operand,
    pos_weight: _Operand,
    options: _SigmoidOptions,
    grad: _Operand,
    grad_input: _Operand,
    grad_target: _Operand,
    /,
) -> None: ...
def nll_forward(
    shape: _Shape,
    log_p: _Values,
    labels: _Labels,
    weight: int,
    ignore_index: int,
    reduction: int,
    threads: int,
    loss: int,
    total: int,
    /,
) -> int: ...
def nll_backward(
    shape: _Shape,
    grad_log_p: _Values,
    labels: _Labels,
    weight: int,
    ignore_index: int,
    reduction: int,
    threads: int,
    grad: int,
    total: int,
    /,
) -> None: ...
def log_softmax_forward(shape: _Shape, input: _Values, output: _Values, threads: int, /) -> None: ...
def log_softmax_backward(
    shape: _Shape, output: _Values, grad: _Values, grad_input: _Values, threads: int, /
) -> None: ...
def ask_for_large_pages(address: int, bytes: int, /) -> None: ...
def holds(labels: int, n: int, value: int, /) -> bool: ...
def within(x: int, dtype: int, n: int, low: float, high: float, /) -> bool: ...
def instruction_sets() -> list[str]: ...
def instruction_set() -> str: ...
def use(name: str, /) -> None: ...
def evaluate(function: str, dtype: int, x: int, y: int, n: int, /) -> None: ...
