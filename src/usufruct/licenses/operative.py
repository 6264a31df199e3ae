"""Operative words: those that make a sentence grant, forbid, limit or ask for something.

One of them changed may turn a license around while all others stand, so a difference in one is pointed out wherever it
is shown. The list is closed; each class gives its reason.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache


class Operative(StrEnum):
    """What an operative word does to its sentence."""

    DENIAL = "denial"
    PROHIBITION = "prohibition"
    PERMISSION = "permission"
    DUTY = "duty"
    LIMIT = "limit"
    EXCEPTION = "exception"
    COMMERCE = "commerce"
    MONEY = "money"
    REACH = "reach"
    RECIPIENT = "recipient"
    END = "end"
    FIGURE = "figure"


REASONS: Mapping[Operative, str] = {
    Operative.DENIAL: "turns the sentence into its opposite",
    Operative.PROHIBITION: "forbids",
    Operative.PERMISSION: "permits, or asks for someone's leave",
    Operative.DUTY: "asks for something, or says how strictly",
    Operative.LIMIT: "narrows a permission to what is named",
    Operative.EXCEPTION: "takes something out of a permission or a duty",
    Operative.COMMERCE: "draws the line between commercial and other use",
    Operative.MONEY: "sets a price or a threshold of income",
    Operative.REACH: "says which acts and things the license reaches: services, outputs, training, copies",
    Operative.RECIPIENT: "says whom the license is for, and for which purpose",
    Operative.END: "ends the license or changes it later",
    Operative.FIGURE: "is an amount, a date, a term or a version",
}
"""Why a word of each class is operative."""

_WORDS: Mapping[Operative, str] = {
    Operative.DENIAL: (
        "not no non none nor neither never without cannot can't don't doesn't won't isn't aren't mustn't shouldn't"
        " nothing nobody 不 未 非 无 無 勿"
    ),
    Operative.PROHIBITION: (
        "prohibit* forbid* forbad* disallow* ban bans banned refus* refrain* restrict* unlawful* illegal* infring*"
        " deny denies denied exclud* 禁"
    ),
    Operative.PERMISSION: (
        "may can permit* permission* allow* grant* authoriz* authoris* licensed relicens* sublicens* consent* approv*"
        " right rights free freely entitl* waiv* 可 许 許 授 权 權"
    ),
    Operative.DUTY: (
        "must shall should require* requir* obligat* oblige* need needs agree* comply complies compliance"
        " ensure* provided provide* include* retain* credit* attribut* notice* disclos* contact* notif* register*"
        " 须 須 必 应 應"
    ),
    Operative.LIMIT: (
        "only solely sole exclusive* exclusively merely limit* limited strictly purely personal* private* internal*"
        " revocable irrevocable 仅 僅 限"
    ),
    Operative.EXCEPTION: ("except* unless but however notwithstanding if until otherwise subject condition* 除 但"),
    Operative.COMMERCE: (
        "commerc* noncommerc* sell* sale sales sold resell* resale* buy* purchas* profit* business* monetis* monetiz*"
        " monetary production advertis* 商 售 卖 賣 营 營"
    ),
    Operative.MONEY: (
        "revenue* income* fee fees royalt* pay pays paid payment* price* charg* cost costs compensat* money funding"
        " turnover dollar* usd eur million billion 费 費 付"
    ),
    Operative.REACH: (
        "api apis service* saas host hosts hosted hosting server* cloud output* generat* result* image* picture*"
        " derivativ* modif* adapt* tune* tuning train* distill* distribut* redistribut* publish* share* sharing copy"
        " copies reproduc* merg* deploy* use used uses using 输 輸 服 训 訓"
    ),
    Operative.RECIPIENT: (
        "research* academic* educat* individual* organi* compan* corporat* government* militar* universit* nonprofit*"
        " anyone everyone affiliate* employee* headcount compet*"
    ),
    Operative.END: (
        "terminat* expire* expir* revok* revoc* cease* end ends void withdraw* update* amend* renew* perpetual* 终"
        " 終 撤"
    ),
}
"""The words of each class, as ``tokens.tokens`` cuts them; one that ends with ``*`` stands for all that begin so."""


def operative(word: str) -> Operative | None:
    """The class of ``word``, which is in lower case; None if it is not operative."""
    if any(letter.isdigit() for letter in word):
        return Operative.FIGURE
    whole, beginnings = _lists()
    if word in whole:
        return whole[word]
    return next((beginnings[word[:end]] for end in range(len(word), 2, -1) if word[:end] in beginnings), None)


def operative_words() -> tuple[str, ...]:
    """Every operative word that is listed whole."""
    return tuple(_lists()[0])


@cache
def _lists() -> tuple[dict[str, Operative], dict[str, Operative]]:
    """Whole words, and beginnings of words; the first class that lists one has it."""
    whole, beginnings = dict[str, Operative](), dict[str, Operative]()
    for kind, words in _WORDS.items():
        for word in words.split():
            if word.endswith("*"):
                beginnings.setdefault(word.rstrip("*"), kind)
                whole.setdefault(word.rstrip("*"), kind)
            else:
                whole.setdefault(word, kind)
    return whole, beginnings
