from usufruct.reports.change import change_words, merged
from usufruct.verdicts.change import Change, Step
from usufruct.verdicts.question import Use
from usufruct.verdicts.verdict import Answer


def words(*steps: Step, facts: tuple[tuple[str, object], ...] = ()) -> str:
    return change_words(Change(answer=Answer.ALLOWED, steps=steps, facts=facts), Use.SELL_OUTPUT)


def test_numbers_are_told_as_the_license_puts_them() -> None:
    def limit(bound: str, value: int) -> str:
        return words(Step(fact="headcount", value=value, bound=bound))  # type: ignore[arg-type]

    assert limit("at-most", 10) == "With at most 10 people in your group: may be sold"
    assert limit("under", 9) == "With less than 10 people in your group: may be sold"
    assert limit("over", 11) == "With more than 10 people in your group: may be sold"
    assert limit("at-least", 10) == "With at least 10 people in your group: may be sold"


def test_the_way_to_say_it_on_the_command_line_comes_with_it() -> None:
    step = Step(fact="registered", value="a", license="a", url="https://example.org")
    told = words(step, Step(fact="individual", value=True), facts=(("registered", ("b", "a")), ("individual", True)))
    assert told == (
        "With a registration under a (https://example.org) and you as a private person: may be sold"
        " (--fact registered=b,a --fact individual=true)"
    )


def test_places_and_purposes_that_lead_to_the_same_are_told_in_one() -> None:
    def change(fact: str, value: str, answer: Answer, *places: str) -> Change:
        step = Step(fact=fact, value=value, bound="in" if places else "is", places=places)
        return Change(answer=answer, steps=(step,), facts=((fact, value),))

    found = merged(
        [
            change("country", "DE", Answer.FORBIDDEN, "EU"),
            change("purpose", "research", Answer.ALLOWED),
            change("country", "GB", Answer.FORBIDDEN, "GB"),
            change("country", "KR", Answer.UNCLEAR, "KR"),
            change("purpose", "academic", Answer.ALLOWED),
        ]
    )
    assert [change_words(each, Use.SELL_OUTPUT) for each in found] == [
        "With you in EU or GB: may not be sold",
        "With the purpose research or academic: may be sold",
        "With you in KR: not clear (--fact country=KR)",
    ]


def test_a_model_left_out_is_named() -> None:
    told = change_words(Change(answer=Answer.ALLOWED, without=("a", "b")), Use.SELL_OUTPUT)
    assert told == "Made again without a and b: may be sold"
