import pytest

from usufruct.models.callables import judge


@pytest.mark.parametrize(
    "path",
    [
        "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter_with_state", "torch.FloatStorage",
        "torch.cuda.HalfStorage", "torch.BFloat16Storage", "torch.storage.UntypedStorage", "torch.Size",
        "torch.float16", "torch.bfloat16", "torch.float8_e4m3fn", "torch.bool", "torch.device",
        "torch.nn.modules.conv.Conv2d",
        "torch.nn.parameter.Parameter", "collections.OrderedDict", "numpy._core.multiarray._reconstruct",
        "numpy.core.multiarray.scalar", "numpy.dtype", "numpy.dtypes.Float64DType", "argparse.Namespace",
        "builtins.set", "__builtin__.long", "pathlib.PosixPath", "_codecs.encode", "__torch__.Net",
    ],
)  # fmt: skip
def test_what_torch_and_numpy_write_is_harmless(path: str) -> None:
    assert judge([path]) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        "os.system", "posix.system", "nt.system", "subprocess.Popen", "builtins.eval", "builtins.exec",
        "builtins.getattr", "__builtin__.apply", "__builtin__.__import__", "runpy.run_path", "socket.socket",
        "webbrowser.open", "pip.main", "pip._internal.main", "importlib.import_module", "operator.attrgetter",
        "functools.partial", "pty.spawn", "shutil.rmtree", "ctypes.CDLL", "torch.load", "torch.hub.load",
        "torch.serialization.load", "torch.utils.bottleneck.__main__.run_cprofile", "numpy.load", "commands.getoutput",
        "numpy.testing._private.utils.runstring", "torch.storage.sys.modules", "collections.abc.sys", "timeit.timeit",
        "asyncio.unix_events._UnixSubprocessTransport._start", "torch.nn.modules.module.os.system", "marshal.loads",
        "torch.jit.unsupported_tensor_ops.execWrapper", "dill._dill._load_type", "cloudpickle.loads", "_io.FileIO",
    ],
)  # fmt: skip
def test_what_runs_code_is_told(path: str) -> None:
    assert judge([path]) == ([path], [])


@pytest.mark.parametrize(
    "path",
    [
        "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint", "ultralytics.nn.tasks.DetectionModel",
        "torch.nn.modules.conv.conv2d", "torch.FloatStorage.x", "torch._utils._rebuild_tensor_v2x",
        "torch._utils._rebuild_tensor\nx", "xtorch.FloatStorage", "collections.OrderedDict.fromkeys", "numpy.fromfile",
        "copyreg extension 7",
    ],
)  # fmt: skip
def test_all_else_is_unknown(path: str) -> None:
    assert judge([path]) == ([], [path])
