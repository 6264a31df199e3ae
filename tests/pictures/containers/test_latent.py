import numpy as np
import pytest
from safetensors.numpy import save

from tests.pictures.containers.build import read, texts
from usufruct.errors import Malformed
from usufruct.pictures.containers import latent


def saved(**metadata: str) -> bytes:
    """A latent as ComfyUI's SaveLatent writes it."""
    tensors = {"latent_tensor": np.zeros((1, 4, 8, 8), np.float32), "latent_format_version_0": np.zeros(0, np.float32)}
    return save(tensors, metadata or None)


def test_the_graphs_in_the_header() -> None:
    data = saved(prompt="{}", workflow='{"nodes": []}')
    assert texts(latent, data) == {"safetensors:prompt": "{}", "safetensors:workflow": '{"nodes": []}'}


def test_a_latent_without_graphs() -> None:
    assert texts(latent, saved()) == {}


@pytest.mark.parametrize("header", [b'{"__metadata__":[]}', b'{"__metadata__":{"prompt":{}}}', b'{"a":1}'])
def test_a_header_of_another_shape(header: bytes) -> None:
    assert texts(latent, len(header).to_bytes(8, "little") + header) == {}


@pytest.mark.parametrize("data", [saved()[:40], saved()[:8], b"\x0a\0\0\0\0\0\0\0" + b'{"a"      ]', bytes(64)])
def test_what_is_no_latent(data: bytes) -> None:
    _, fault = read(latent, data)
    assert isinstance(fault, Malformed)
