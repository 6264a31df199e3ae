import csv
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import calls
from tests.shared import SHARED, needs_shared
from usufruct.licenses.claims import PLACES, VALUE_LIMIT, Form, ShortForm, claims_in, declared, named_license, titles_in
from usufruct.licenses.knowledge import declared_license, licenses
from usufruct.licenses.names import names

SDXL = "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md"
FLUX_1 = {"flux-1-dev-nc-2024-08-01", "flux-1-dev-nc-2024-11-26", "flux-1-dev-nc-1.1", "flux-1-dev-nc-1.1.1"}
RAIL_PP = {"creativeml-openrail-pp-m-sd2", "creativeml-openrail-pp-m-sdxl-1.0"}


def claimed(text: str) -> list[ShortForm]:
    return [form for form in claims_in(text) if form.is_claim]


def only(text: str) -> ShortForm:
    (form,) = claimed(text)
    return form


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mit", "mit"),
        ("The MIT License", "mit"),
        ("AGPL-3.0 License (https://ultralytics.com/license)", "agpl-3.0-only"),
        ("AGPL-3.0 (https://ultralytics.com/license)", "agpl-3.0-only"),
        ("OpenRAIL (https://huggingface.co/spaces/CompVis/stable-diffusion-license)", "creativeml-openrail-m"),
        (f"OpenRAIL++-M ({SDXL})", "creativeml-openrail-pp-m-sdxl-1.0"),
        ("MIT (facebookresearch/demucs)", "mit"),
        ("MIT (see LICENSE)", "mit"),
        ("[Apache 2.0](https://www.apache.org/licenses/LICENSE-2.0)", "apache-2.0"),
        ('Licensed under the Apache License, Version 2.0 (the "License")', "apache-2.0"),
        ("license:creativeml-openrail-m", "creativeml-openrail-m"),
        ("other:faipl-1.0-sd", "fair-ai-public-1.0-sd"),
        ("GPL-2.0+", "gpl-2.0-or-later"),
        ("GNU GPL version 3 or (at your option) any later version", "gpl-3.0-or-later"),
        ("GPLv3", "gpl-3.0-only"),
        ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International Public License", "cc-by-nc-sa-4.0"),
        ("Llama 3 Community License", "llama-3-community"),
        ("Llama 3.1 Community License", "llama-3.1-community"),
        ("Meta Llama 3 Community Licence Agreement", "llama-3-community"),
        ("FLUX.1 [dev] Non-Commercial License v1.1", "flux-1-dev-nc-1.1"),
        ("FLUX.1 [dev] Non-Commercial License v1.1.1", "flux-1-dev-nc-1.1.1"),
        ("FLUX [dev] Non-Commercial License v2.0", "flux-dev-nc-2.0"),
        ("Stability AI Community License Agreement", "sai-community-2024-07-05"),
        ("BigScience OpenRAIL-M", "bigscience-openrail-m"),
        ("bigscience-bloom-rail-1.0", "bigscience-bloom-rail-1.0"),
    ],
)
def test_a_whole_value_names_one_license(words: str, expected: str) -> None:
    assert named_license(words) == expected
    assert [form.license for form in declared(words)] == [expected]


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        "other",
        "unknown",
        "not MIT",
        "MIT-like",
        "MIT-style license",
        "MIT (non-commercial only)",
        "MIT with additional restrictions",
        "MIT plus Commons Clause",
        "modified CreativeML OpenRAIL-M",
        "openmdw-1.1",
        "Llama 3.5 Community License",
        "FLUX.1 [dev] Non-Commercial License v1.2",
        "FLUX.2 Klein 9B Non-Commercial License",
        "CC-BY-NC-5.0",
        "CC-BY-4.0 (https://creativecommons.org/licenses/by-nc/4.0/)",
        "Apache 2.0 / MIT",
        "MIT OR Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "LicenseRef-mine",
        "https://example.org/LICENSE",
        "M" * (VALUE_LIMIT + 1),
        "MIT" + " " * VALUE_LIMIT,
    ],
)
def test_other_values_name_no_single_license(words: str) -> None:
    assert named_license(words) is None
    assert not [form for form in declared(words) if form.license]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("openrail++", RAIL_PP),
        ("OpenRAIL++-M (https://.../LICENSE.md)", RAIL_PP),
        ("FLUX.1 [dev] Non-Commercial License", FLUX_1),
        ("other:flux-1-dev-non-commercial-license", FLUX_1),
        ("gemma", {"gemma-terms-2024-04-01", "gemma-terms-2025-03-24"}),
        ("Kolors License", {"kolors-2024-07", "kolors-2024-09"}),
        ("Modified MIT License", {"gpt-2-modified-mit", "kimi-k2-modified-mit", "minimax-m2-modified-mit"}),
        ("NVIDIA Open Model License", {"nvidia-open-model-2025-04-28"}),
    ],
)
def test_a_name_of_several_texts_is_ambiguous(words: str, ids: set[str]) -> None:
    (form,) = declared(words)
    assert form.ambiguous
    assert set(form.ids) == ids
    assert named_license(words) is None


@pytest.mark.parametrize(
    "family", ["GPL", "lgpl", "cc", "bsd", "openrail", "gfdl", "CC BY-NC", "Llama license", "Apache"]
)
def test_a_family_has_all_of_its_versions(family: str) -> None:
    (form,) = declared(family)
    assert form.ambiguous
    assert len(form.ids) > 2
    assert set(form.ids) <= names().ids


def test_relatives_are_never_confused() -> None:
    (rail,) = declared("OpenRAIL-M")
    assert not RAIL_PP & {*rail.ids}
    (research,) = declared("Stability AI Non-Commercial Research Community License")
    assert "sai-community-2024-07-05" not in research.ids
    (nc,) = declared("CC BY-NC")
    assert {license_id.rstrip("0123456789.")[:9] for license_id in nc.ids} == {"cc-by-nc-"}
    assert not [license_id for license_id in nc.ids if "-sa-" in license_id or "-nd-" in license_id]


@pytest.mark.parametrize(
    ("words", "ids", "expression"),
    [
        ("Apache-2.0 OR MIT", ("apache-2.0", "mit"), "Apache-2.0 OR MIT"),
        ("(MIT or Apache-2.0) and CC-BY-4.0", ("mit", "apache-2.0", "cc-by-4.0"), "(MIT OR Apache-2.0) AND CC-BY-4.0"),
        ("GPL-2.0+ WITH Classpath-exception-2.0", ("gpl-2.0-or-later",), "GPL-2.0+ WITH Classpath-exception-2.0"),
        ("MIT AND LicenseRef-mine", ("mit",), "MIT AND LicenseRef-mine"),
        ("LicenseRef-mine", (), "LicenseRef-mine"),
    ],
)
def test_an_expression_keeps_its_licenses_and_its_form(words: str, ids: tuple[str, ...], expression: str) -> None:
    (form,) = declared(words)
    assert (form.form, form.ids, form.expression) == (Form.EXPRESSION, ids, expression)
    assert form.license is None


@pytest.mark.parametrize(
    "words", ["MIT OR", "MIT WITH extra terms", "MIT OR Nothing-1.0", "( AND )", "MIT AND (", "or and with"]
)
def test_half_an_expression_claims_nothing(words: str) -> None:
    assert not [form for form in declared(words) if form.is_claim]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://creativecommons.org/licenses/by-nc/4.0/", "cc-by-nc-4.0"),
        ("http://creativecommons.org/licenses/by-sa/3.0/deed.en", "cc-by-sa-3.0"),
        ("https://creativecommons.org/licenses/by/3.0/de/legalcode", "cc-by-3.0-de"),
        ("https://creativecommons.org/licenses/by-nc/3.0/xx/", None),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
        ("https://opensource.org/licenses/MIT", "mit"),
        ("https://opensource.org/license/apache-2-0/", "apache-2.0"),
        ("https://opensource.org/licenses/mit-license.php", "mit"),
        ("http://www.apache.org/licenses/LICENSE-2.0.txt", "apache-2.0"),
        ("https://www.gnu.org/licenses/gpl-3.0.en.html", "gpl-3.0-only"),
        ("https://www.gnu.org/licenses/", None),
        ("https://www.gnu.org/licenses/gpl.html", None),
        ("https://spdx.org/licenses/GPL-2.0+.html", "gpl-2.0-or-later"),
        ("https://choosealicense.com/licenses/bsd-3-clause/", "bsd-3-clause"),
        ("https://huggingface.co/datasets/choosealicense/licenses/blob/main/markdown/apache-2.0.md", "apache-2.0"),
        ("https://freedevproject.org/faipl-1.0-sd/", "fair-ai-public-1.0-sd"),
        ("https://freedevproject.org/faipl-1.0/", "fair-ai-public-1.0"),
        ("https://ai.google.dev/gemma/terms", None),
        ("https://www.llama.com/llama3_1/license/", "llama-3.1-community"),
        ("https://www.llama.com/llama3_1/use-policy", "llama-3.1-aup"),
        ("https://stability.ai/license", None),
        ("https://stability.ai/community-license-agreement", "sai-community-2024-07-05"),
        (SDXL, "creativeml-openrail-pp-m-sdxl-1.0"),
        (SDXL.replace("/main/", "/" + "0" * 40 + "/"), None),
        ("https://huggingface.co/black-forest-labs/FLUX.1-dev/blob/main/LICENSE.md", None),
        ("https://github.com/black-forest-labs/flux/blob/main/model_licenses/LICENSE-FLUX1-dev", None),
        (
            "https://github.com/black-forest-labs/flux/blob/57ce4051906a/model_licenses/LICENSE-FLUX1-dev",
            "flux-1-dev-nc-1.1",
        ),
        (
            "https://raw.githubusercontent.com/black-forest-labs/flux/1f71c4337744/model_licenses/LICENSE-FLUX1-dev",
            "flux-1-dev-nc-2024-08-01",
        ),
        ("https://github.com/Wan-Video/Wan2.1/blob/main/LICENSE.txt", None),
        ("https://example.org/licenses/MIT", None),
        ("https://evil.example/creativecommons.org/licenses/by/4.0/", None),
    ],
)
def test_an_address_is_an_identifier(address: str, expected: str | None) -> None:
    assert named_license(address) == expected


GNU_NOTICE = """
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
"""

NOTICES = [
    ("Licensed under the FLUX.1 [dev] Non-Commercial License.", None, ""),
    ("This model is released under the CreativeML Open RAIL-M license.", "creativeml-openrail-m", "This model"),
    ("Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright Meta", "llama-3.1-community", "Llama 3.1"),
    (
        "This Stability AI Model is licensed under the Stability AI Community License, Copyright (c) Stability AI Ltd.",
        "sai-community-2024-07-05",
        "This Stability AI Model",
    ),
    ("# Foo-XL\n\nFoo-XL is released under the CC BY-NC 4.0 license.", "cc-by-nc-4.0", "Foo-XL"),
    ("# Foo\n\n## License\n\nMIT. See the file.", "mit", ""),
    ("**License**: [MIT](LICENSE)", "mit", ""),
    ("---\nlicense: apache-2.0\ntags:\n- x\n---\nText", "apache-2.0", ""),
    ('{"name": "x",\n "license": "ISC",\n "version": "1"}', "isc", ""),
    ("| License | BSD-3-Clause |", "bsd-3-clause", ""),
    ("[![License: MIT](https://img.example/License-MIT.svg)](LICENSE)", "mit", ""),
    ("The weights are under CC-BY-NC-4.0.", "cc-by-nc-4.0", "The weights"),
    ("This project is MIT-licensed.", "mit", "This project"),
    (
        "Unless otherwise noted, content on this site is licensed under a CC BY 4.0 license.",
        "cc-by-4.0",
        "content on this site",
    ),
    (
        "This model is open access and available to all, with a CreativeML OpenRAIL-M license that says more.",
        "creativeml-openrail-m",
        "This model",
    ),
    ("By downloading this model you agree to the Kolors License.", None, "this model"),
    (
        GNU_NOTICE,
        "gpl-3.0-or-later",
        "This program",
    ),
    ("\u672c\u9879\u76ee\u91c7\u7528 MIT \u8bb8\u53ef\u8bc1", "mit", ""),
]


@pytest.mark.parametrize(("text", "expected", "subject"), NOTICES)
def test_a_notice_is_a_claim(text: str, expected: str | None, subject: str) -> None:
    form = only(text)
    assert (form.form, form.license, form.subject) == (Form.NOTICE, expected, subject)
    assert text[form.start : form.end] == form.words


@pytest.mark.parametrize(
    "text",
    [
        "This model is not licensed under the MIT License.",
        "This isn't licensed under the MIT License.",
        "This model is no longer released under the CreativeML Open RAIL-M license.",
        "This model is licensed under neither the MIT License nor the GPL.",
        "You may not use this model under the MIT License.",
        "This code is compatible with Apache-2.0.",
        "The dependencies are MIT.",
        "All dependencies are licensed under the MIT license.",
        "Unlike the GPL, these terms are simple.",
        "Unlike projects licensed under the GPL, this one is free.",
        "This project was previously licensed under the MIT License.",
        "This project includes code licensed under the MIT License.",
        "This project is based on code licensed under the MIT License.",
        "This repository uses a library which is licensed under the BSD 3-Clause license.",
        "This is a fork of Foo, which is licensed under the MIT License.",
        "This model is trained on images licensed under CC BY 4.0.",
        "PyTorch is licensed under the BSD 3-Clause License.",
        "Apache Spark is licensed under the Apache License 2.0.",
        "# Using PyTorch\n\nPyTorch is licensed under the BSD 3-Clause License.",
        "The base model is licensed under the Llama 2 Community License.",
        "The original model is released under the CreativeML Open RAIL-M license.",
        "The teacher model is licensed under the Llama 3.1 Community License.",
        "Some parts of this code are licensed under the MIT License.",
        "Third-party code in this repository is licensed under the BSD License.",
        "Contributions to this project are licensed under the MIT License.",
        "Our dataset is released under CC BY 4.0.",
        "This project will be released under Apache 2.0.",
        "If this project is licensed under the MIT License, keep the notice.",
        "For commercial use, this model is available under the Apache License 2.0.",
        "Allegedly, this model is licensed under the MIT License.",
        "Nobody said this model is licensed under the MIT License.",
        "It is false that this model is licensed under the MIT License.",
        "Is this model licensed under the MIT License?",
        "This model is licensed under MIT?",
        "This model is licensed under the ~~MIT License~~.",
        "The model is released by MIT.",
        "The model is made available under fair use.",
        "This model is provided by Stability AI.",
        "This model is licensed under a MIT-style license.",
        "This model is licensed under the MIT License with additional restrictions.",
        "This model is licensed under the MIT License, except for the text encoder.",
        "This model is licensed under the MIT License for non-commercial use only.",
        "This model is licensed under the MIT License + Commons Clause.",
        "License: MIT (code), CC BY-NC 4.0 (weights)",
        "Code license: MIT",
        "This software is licensed under the Apache License 3.5.",
        "This work is licensed under the CC BY-NC 3.0 FR license.",
        "You can use this software under any OSI approved license.",
        "See the MIT License for the terms.",
        "- MIT License",
        "pip install licenses/MIT",
        "Add `SPDX-License-Identifier: MIT` to every file.",
        "Write SPDX-License-Identifier: MIT there.",
        "The MIT Press published this model under its own terms.",
        "# Python 2\n\n# OpenSSL\n\n# Llama 3.1\n\nText.",
        "\u672c\u9879\u76ee\u4e0d\u91c7\u7528 MIT \u8bb8\u53ef\u8bc1",
    ],
)
def test_other_words_around_a_name_are_no_claim(text: str) -> None:
    assert claimed(text) == []


def test_a_name_without_a_claim_is_a_mention() -> None:
    (form,) = claims_in("It is compatible with the MIT License.")
    assert (form.form, form.ids, form.license) == (Form.MENTION, ("mit",), None)


def test_code_and_weights_keep_their_licenses_apart() -> None:
    code, weights = claimed("The code is licensed under MIT. The model weights are licensed under CC BY-NC 4.0.")
    assert (code.subject, code.license) == ("The code", "mit")
    assert (weights.subject, weights.license) == ("The model weights", "cc-by-nc-4.0")


def test_a_choice_is_an_expression_and_a_list_is_not() -> None:
    choice = only("This project is licensed under the MIT or Apache-2.0 license.")
    assert (choice.ids, choice.expression, choice.license) == (("mit", "apache-2.0"), "mit OR apache-2.0", None)
    both = claimed("This project is licensed under the MIT License and the Apache License 2.0.")
    assert [form.license for form in both] == ["mit", "apache-2.0"]


def test_a_link_behind_a_name_tells_which_text_it_is() -> None:
    text = f"This model is licensed under the [CreativeML Open RAIL++-M License]({SDXL})."
    assert only(text).license == "creativeml-openrail-pp-m-sdxl-1.0"


def test_a_name_and_a_link_that_contradict_each_other_are_two_claims() -> None:
    text = "This model is licensed under the [MIT License](https://creativecommons.org/licenses/by-nc/4.0/)."
    assert [form.license for form in claimed(text)] == ["mit", "cc-by-nc-4.0"]


def test_a_link_alone_can_be_the_license() -> None:
    form = only("This work is licensed under https://creativecommons.org/licenses/by/4.0/ as a whole.")
    assert (form.form, form.license) == (Form.LINK, "cc-by-4.0")
    assert claimed("Read https://creativecommons.org/licenses/by/4.0/ first.") == []


@pytest.mark.parametrize(
    ("text", "ids", "expression"),
    [
        ("// SPDX-License-Identifier: MIT\n", ("mit",), None),
        ("/* SPDX-License-Identifier: (MIT OR GPL-2.0+) */", ("mit", "gpl-2.0-or-later"), "MIT OR GPL-2.0+"),
        ("<!-- SPDX-License-Identifier: CC-BY-4.0 -->", ("cc-by-4.0",), None),
        ("# SPDX-License-Identifier: LicenseRef-mine", (), "LicenseRef-mine"),
    ],
)
def test_an_spdx_tag_is_a_claim(text: str, ids: tuple[str, ...], expression: str | None) -> None:
    form = only(text)
    assert (form.form, form.ids, form.expression) == (Form.SPDX_TAG, ids, expression)


def test_a_badge_leaves_open_which_text_is_meant() -> None:
    form = only("Built with Llama")
    assert (form.form, form.ambiguous, form.license) == (Form.BADGE, True, None)
    assert set(form.ids) > {"llama-3-community", "llama-3.1-community"}
    assert "llama-3.1-community" not in only("Built with Meta Llama 3").ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT License\n\nCopyright (c) 2020 Jane\n\nPermission is hereby granted", "mit"),
        (" " * 30 + "Apache License\n" + " " * 27 + "Version 2.0, January 2004\n\n", "apache-2.0"),
        (" " * 20 + "GNU GENERAL PUBLIC LICENSE\n" + " " * 23 + "Version 3, 29 June 2007\n", "gpl-3.0-only"),
        ("Copyright (c) 2022 The authors\n\nCreativeML Open RAIL-M\ndated August 22, 2022\n", "creativeml-openrail-m"),
        ("intro\n" * 20 + "## Stability AI Community License Agreement ##\ntext", "sai-community-2024-07-05"),
        ("STABILITY AI COMMUNITY LICENSE AGREEMENT\n\nLast Updated: July 5, 2024\n", "sai-community-2024-07-05"),
    ],
)
def test_a_heading_or_first_line_is_a_title(text: str, expected: str) -> None:
    (form,) = titles_in(text)
    assert form.license == expected
    assert form.words.splitlines()[0] in text.splitlines()[form.line - 1]


def test_a_name_further_down_is_no_title() -> None:
    assert titles_in("word\n" * 20 + "MIT License\n") == ()
    assert titles_in("MIT License is the best.\n") == ()


def test_places_are_those_of_the_words() -> None:
    text = "\u00e4\u2028\nfirst\r\n\nLicense: MIT\n\nThis model is under the Apache License 2.0."
    forms = claims_in(text)
    assert [text[form.start : form.end] for form in forms] == [form.words for form in forms]
    assert [form.line for form in forms] == [4, 6]


def test_terms_decide_what_a_declaration_may_name() -> None:
    assert declared_license("Apache License 2.0 (https://www.apache.org/licenses/LICENSE-2.0)") == "apache-2.0"
    assert named_license("zed") == "zed"
    assert "zed" not in licenses()
    assert declared_license("zed") is None
    for entry in licenses().values():
        for name in (entry.id, entry.name, *entry.names):
            assert named_license(name) in {entry.id, None}
        assert named_license(entry.id) == entry.id


@needs_shared
def test_every_license_has_its_name_or_says_that_it_is_ambiguous() -> None:
    with (SHARED / "knowledge/license-ids.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert {row["id"] for row in rows} <= names().ids
    for row in rows:
        assert named_license(row["id"]) == row["id"]
        for words in (row["name"], row["hub tag (a hint, never proof)"]):
            for form in declared(words) if words and words != "(SPDX)" else ():
                assert row["id"] in form.ids


@needs_shared
@pytest.mark.parametrize("path", sorted((SHARED / "data/licenses").glob("*.txt")), ids=lambda path: path.stem)
def test_no_text_has_the_title_of_another(path: Path) -> None:
    title_of_another = {"gpt-2-modified-mit"}
    titles = titles_in(path.read_text(encoding="utf-8", errors="replace"))
    assert path.stem in title_of_another or all(path.stem in title.ids for title in titles)


WORDS = st.sampled_from(
    [
        *(
            "MIT",
            "License",
            "GPL",
            "the",
            "this",
            "model",
            "is",
            "licensed",
            "under",
            "not",
            "or",
            "and",
            "CC",
            "BY-NC",
        ),
        *(
            "4.0",
            "v3",
            "\n",
            "\n\n",
            "#",
            "*",
            "[",
            "](",
            ")",
            "https://",
            "SPDX-License-Identifier:",
            "License:",
            "---",
        ),
        *(
            "Llama",
            "3.1",
            "OpenRAIL",
            "++",
            "-M",
            "\u8bb8\u53ef\u8bc1",
            ".",
            ",",
            "(",
            "WITH",
            "LicenseRef-x",
            "\x00",
            "\r",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.lists(WORDS, max_size=40).map(" ".join), st.lists(WORDS, max_size=40).map("".join), st.text()))
def test_any_text_is_read(text: str) -> None:
    for forms in (claims_in(text), declared(text)):
        assert all(text[form.start : form.end] == form.words for form in forms)
        assert all(before.end <= after.start for before, after in pairwise(forms))
        assert all({*form.ids} <= names().ids for form in forms)
        assert all(form.line == text.count("\n", 0, form.start) + 1 for form in claims_in(text))
    named = named_license(text)
    assert named is None or named in names().ids


@pytest.mark.parametrize(
    "piece",
    [
        "The quick brown fox is in every text. ",
        "this model this work is licensed under the ",
        "license:\n",
        "https://github.com/a/b/blob/main/x ",
        "GNU General Public License as published by the ",
        " " * 100 + "License ",
        "[" * 20 + "MIT License](",
    ],
)
def test_work_grows_with_the_text(piece: str) -> None:
    few, many = piece * 40, piece * 160
    assert calls(lambda: claims_in(many)) < 5 * calls(lambda: claims_in(few)) + 500


def test_the_number_of_places_is_limited() -> None:
    text = "This model is licensed under the MIT License.\n\n"
    assert len(claims_in(text * (PLACES + 10))) == PLACES


def test_names_alone_do_not_load_the_expression_library() -> None:
    code = (
        "import sys; from usufruct.licenses.claims import named_license, claims_in; named_license('MIT');"
        "claims_in('License: MIT'); sys.exit('license_expression' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
