import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.samples import SEEN, settle
from tests.models.sources.beside import put
from usufruct.models.record import ModelFacts
from usufruct.models.sources.registry import SOURCES, facts_around

NAMES = st.sampled_from(
    [
        "LICENSE", "README.md", "x.md", "x.civitai.info", "x.metadata.json", "x.cm-info.json", "x.swarm.json", "x.json",
        "x.api_info.json", "config.json", "adapter_config.json", "model_index.json", "mergekit_config.yml",
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["model", "civitai", "files", "hashes", "allowCommercialUse", "items", "modelVersions", "id", "air"]
            )
            | st.text(max_size=8),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def test_every_source_says_where_its_statements_stand() -> None:
    assert len({source.ORIGIN for source in SOURCES}) == len(SOURCES)


def test_nothing_beside_a_model_is_nothing_said(tmp_path: Path) -> None:
    assert facts_around(put(tmp_path / "x.safetensors"), seen=SEEN) == ()
    assert facts_around(tmp_path / "gone" / "x.safetensors", seen=SEEN) == ()


@settings(max_examples=60)
@given(name=NAMES, content=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
def test_any_content_gives_facts_or_findings(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    put(folder / name, content)
    for told in facts_around(put(folder / "x.safetensors"), seen=SEEN):
        assert told != ModelFacts(origin=told.origin)
        assert all(finding.code and finding.message for finding in told.findings)


def test_a_shelf_of_a_thousand_models_is_listed_once(tmp_path: Path) -> None:
    for number in range(1_000):
        put(tmp_path / f"lora{number}.safetensors")
        put(tmp_path / f"lora{number}.civitai.info", {"id": number + 1})
    settle(tmp_path)
    begun = time.process_time()
    told = [facts_around(tmp_path / f"lora{number}.safetensors", seen=SEEN) for number in range(1_000)]
    assert time.process_time() - begun < 5
    assert [len(each) for each in told] == [1] * 1_000
