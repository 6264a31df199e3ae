"""Which classes and functions a pickle may name without harm, and which run code.

A pickle loads by importing and calling what it names. The harmless are those that ``torch.save`` and NumPy write, and
plain containers of Python: what PyTorch's own ``weights_only`` loader accepts, with the classes of ``torch.nn.modules``
and plain values added. All else is reported. The dangerous are told apart by words known from attacks on model files,
only to say it more sharply: a name that is not among them is not therefore harmless.
"""

import re
from collections.abc import Iterable

_PYTHON = {
    "argparse.Namespace", "collections.Counter", "collections.OrderedDict", "collections.defaultdict",
    "collections.deque", "_codecs.encode", "copy_reg._reconstructor", "copyreg._reconstructor", "datetime.date",
    "datetime.datetime", "datetime.time", "datetime.timedelta", "datetime.timezone", "decimal.Decimal",
    "fractions.Fraction", "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath",
    "pathlib.WindowsPath", "types.SimpleNamespace", "uuid.UUID",
}  # fmt: skip
_BUILTINS = {
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "long", "object", "range",
    "set", "slice", "str", "tuple", "unicode", "xrange",
}  # fmt: skip
_DTYPE = r"(?:complex|b?float|u?int|bits|q[su]?int)\d+\w*|bool|double|float|half|int|long|short|cfloat|cdouble|chalf"
_REBUILT = {
    "device_tensor_from_cpu_tensor", "device_tensor_from_numpy", "meta_tensor_no_storage", "nested_tensor", "parameter",
    "parameter_with_state", "qtensor", "sparse_csr_tensor", "sparse_tensor", "tensor", "tensor_v2", "tensor_v3",
    "wrapper_subclass", "xla_tensor",
}  # fmt: skip
_HARMLESS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?:builtins|__builtin__)\.(?:{'|'.join(sorted(_BUILTINS))})",
        rf"torch\.(?:{_DTYPE})",
        r"torch\.(?:cuda\.|sparse\.|cuda\.sparse\.)?[A-Z][A-Za-z0-9]*(?:Storage|Tensor)",
        r"torch\.storage\.(?:_?TypedStorage|_?UntypedStorage|_load_from_bytes)",
        r"torch\.(?:Size|Tensor|device|serialization\._get_layout|per_(?:tensor|channel)_[a-z_]+)",
        rf"torch\._utils\._rebuild_(?:{'|'.join(sorted(_REBUILT))})",
        r"torch\._tensor\._rebuild_from_type(?:_v2)?",
        r"torch\.nn\.parameter\.(?:Parameter|Buffer|UninitializedParameter|UninitializedBuffer)",
        r"torch\.nn\.modules\.[a-z]+\.[A-Z][A-Za-z0-9]*",
        r"torch\.jit\._pickle\.(?:build_(?:int|tensor|double|bool)list|build_tensor_from_id|restore_type_tag)",
        r"__torch__\.[\w.]+",
        r"numpy\.(?:ndarray|dtype|bool_?|str_|bytes_|u?int\d+|float\d+|complex\d+|dtypes\.[A-Z]\w*DType)",
        r"numpy\._?core\.multiarray\.(?:_reconstruct|scalar)",
        r"numpy\._?core\.numeric\._frombuffer",
    )
)

_RUNNING = {
    "_aix_support", "_io", "_osx_support", "_pickle", "_posixsubprocess", "_pyrepl", "aiohttp", "asyncio", "atexit",
    "bdb", "builtins", "__builtin__", "cProfile", "cffi", "cloudpickle", "codeop", "commands", "concurrent",
    "copyreg", "ctypes", "dill", "distutils", "doctest", "ensurepip", "functools", "ftplib", "getpass", "http",
    "httplib", "httpx", "idlelib", "imaplib", "imp", "importlib", "inspect", "io", "joblib", "lib2to3",
    "linecache", "logging", "mailcap", "marshal", "modulefinder", "multiprocessing", "nt", "operator", "os",
    "pathlib", "pdb", "pexpect", "pickle", "pip", "pkgutil", "platform", "poplib", "popen2", "posix", "profile",
    "pty", "pydoc", "requests", "rlcompleter", "runpy", "setuptools", "shelve", "shutil", "signal", "site",
    "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "sys", "telnetlib", "tempfile",
    "threading", "timeit", "trace", "types", "urllib", "urllib2", "urllib3", "venv", "webbrowser", "winreg",
    "xmlrpc", "yaml", "zipimport",
}  # fmt: skip
"""Modules, with all in them, that run code, start programs, load libraries or files, or open connections."""

_FUNCTIONS = {
    "apply", "attrgetter", "compile", "compile_file", "delattr", "eval", "evaluate_guards_expression", "exec",
    "execWrapper", "execfile", "getattr", "import_module", "load", "load_library", "load_module", "loads",
    "methodcaller", "open", "partial", "popen", "read_pickle", "run", "run_cprofile", "run_path", "runcode",
    "runstring", "setattr", "spawn", "system",
}  # fmt: skip
"""Names of functions that do so in whatever module they stand."""

_PASSAGES = {
    "__call__", "__class__", "__dict__", "__getattribute__", "__globals__", "__import__", "__subclasses__", "hub", "os",
    "subprocess", "sys",
}  # fmt: skip
"""Parts of a name through which such modules and functions are reached from others."""


def judge(paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """Of the classes and functions named, by module and name, those known to run code, and those not known."""
    running: list[str] = []
    unknown: list[str] = []
    for path in paths:
        if path not in _PYTHON and not any(pattern.fullmatch(path) for pattern in _HARMLESS):
            (running if _runs(path.split(".")) else unknown).append(path)
    return running, unknown


def _runs(parts: list[str]) -> bool:
    return parts[0] in _RUNNING or parts[-1] in _FUNCTIONS or not _PASSAGES.isdisjoint(parts)
