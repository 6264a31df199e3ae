import json
from pathlib import Path

from typer.testing import CliRunner

from usufruct.cli.main import app

MIX = {"nodes": [{"id": "a", "licenses": ["mit"]}], "questions": [{"use": "sell-output"}, {"use": "research"}]}


def weighed(*words: str | Path) -> tuple[int, list[dict[str, object]], str]:
    result = CliRunner().invoke(app, ["weigh", "--json", *map(str, words)], catch_exceptions=False)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_one_line_for_each_question_and_nothing_else(tmp_path: Path) -> None:
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file in files:
        file.write_text(json.dumps(MIX))
    code, lines, said = weighed(*files)
    assert (code, said) == (0, "")
    assert [(each["mix"], each["question"]) for each in lines] == [(str(file), at) for file in files for at in (0, 1)]
    assert {each["verdict"] for each in lines} == {"allowed"}


def test_a_fault_has_its_exit_code_and_the_others_are_answered(tmp_path: Path) -> None:
    good, wrong = tmp_path / "good.json", tmp_path / "wrong.json"
    good.write_text(json.dumps(MIX))
    wrong.write_text(json.dumps(MIX | {"picture": ["b"]}))
    code, lines, said = weighed(wrong, good)
    assert code == 2
    assert [("error" in each, each["verdict"]) for each in lines] == [
        (True, None),
        (False, "allowed"),
        (False, "allowed"),
    ]
    assert "picture[0]" in said
    assert weighed(good, tmp_path / "missing")[0] == 3


def test_people_are_shown_a_tree(tmp_path: Path) -> None:
    file = tmp_path / "mix.json"
    file.write_text(json.dumps(MIX))
    result = CliRunner().invoke(app, ["weigh", str(file)], catch_exceptions=False)
    assert "mix.json: the picture: may be sold" in result.stdout
