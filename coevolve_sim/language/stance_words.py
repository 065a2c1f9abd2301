"""Tell whether a text agrees with a statement: by what its writer says of itself, not by single words.

*I agree*, *I am against it* and *Yes, because ...* are stances; *people agree that ...* and *whether I agree
or not* are none. A text agrees, disagrees or stands in between if its own sentences say one of these and no
other; if they say two, or none, it is unclear. If it refuses to speak (`refusals`) it is refused, and partly
refused if it says besides where it stands. Whoever agrees in part, or not quite, stands in between.

Words are listed in four languages. What stands first in a text may also be one of the words that were asked
for (*Agree.*, *Nein, ...*).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from coevolve_sim.language.refusals import own_sentences_and_ends, refuses

ToldStance = Literal["agrees", "neutral", "disagrees", "partly refused", "refused", "unclear"]

SIDES: tuple[ToldStance, ...] = ("agrees", "neutral", "disagrees")
"""Where one can stand, in the order of the options of a statement."""

STANCES: tuple[ToldStance, ...] = (*SIDES, "partly refused", "refused")
"""The classes that are read in words."""


@dataclass(frozen=True)
class StanceWords:
    """Regular expressions, for sentences in lower case, by which a stance is told in one language.

    They are looked for in the order in which they stand here, and what one has found none after it finds.

    Attributes
    ----------
    unsaid : str
        What is no stance though it has the words of one: *whether I agree*.
    wholly : str
        Agreement in words of denial: *I couldn't agree more*.
    neutral, disagrees, agrees : str
        Where the writer stands.
    opens : tuple of (str, str, str)
        Words for yes, for perhaps and for no, where one of them opens the text.
    but : str
        After which a sentence that refuses may still say where it stands.
    """

    unsaid: str
    wholly: str
    neutral: str
    disagrees: str
    agrees: str
    opens: tuple[str, str, str]
    but: str


_IT = (
    r"(?:this|that|it|the (?:idea|statement|view|claim|notion|proposal|opinion))"
    r"(?! (?:person|people|group)\b)"
)
_VERY = (
    r"(?:(?:do|would|can|also|fully|strongly|completely|totally|wholeheartedly|absolutely|generally|mostly|"
    r"certainly|definitely|really|very much|largely|firmly|personally|must|have to|tend to) ){0,2}"
)
_NOT = (
    r"(?:do not|don't|cannot|can't|can not|could not|couldn't|would not|wouldn't|will not|won't|do n't)"
    r"(?: really| necessarily| personally| at all)?"
)
_COULD_NOT = r"(?:cannot|can't|can not|could not|couldn't|could hardly|could scarcely)"
_NO_MORE = r"(?=$|,| +~)"
_ENDS = r"(?=$|,| and\b| because\b| as\b| since\b)"

ENGLISH = StanceWords(
    unsaid=r"\b(?:whether|if|when|unless|that|say|why) i (?:\w+ ){0,2}(?:dis)?agree or [^,]*"
    r"|\b(?:whether|if|unless) i(?:'m| \w+)? [^,]*"
    rf"|\bi {_NOT} (?:disagree(?! more\b)|oppose)\b|\bi agree (?:or|to disagree)\b"
    rf"|\bi {_NOT} (?:say|mean|claim|think|believe|pretend)(?: that)? i (?:{_NOT} )?(?:dis)?agree\b",
    wholly=rf"\bi {_COULD_NOT} (?:agree|concur)(?: with (?:{_IT}|you|them|(?:your|his|her|their|this|that)"
    r" (?!any\b|no\b)[\w-]+))? more\b(?=$|,| (?:with|strongly|fully|firmly|"
    r"completely|wholeheartedly|that|because|as|since|and|but|on)\b)",
    neutral=r"\bi (?:can |could )?neither (?:fully )?agree nor disagree\b"
    rf"|\bi {_NOT} (?:agree or disagree|fully agree|entirely agree|completely agree|totally agree)\b"
    r"|\bi (?:both )?(?:partly |partially |somewhat )?agree and (?:partly |partially |somewhat )?disagree\b"
    r"|\bi (?:partly|partially|somewhat|half|only partly) (?:agree|disagree)\b"
    r"|\bi (?:dis)?agree (?:only )?(?:in part|to some extent|to a certain extent|partly|partially)\b"
    r"|\bi(?: am|'m) (?:rather |still |quite )?(?:neutral|undecided|torn|of two minds|"
    r"neither for nor against|(?:unsure|not (?:quite |really )?sure)(?: that)? i (?:\w+ )?(?:dis)?agree"
    rf"|(?:unsure|not (?:quite |really )?sure)(?: about {_IT}| what to think)?{_NO_MORE})\b"
    r"|\bi have (?:no|mixed) (?:strong |clear |firm )?(?:opinion|view|feeling)s?\b"
    rf"|\bi (?:do not|don't) know{_NO_MORE}"
    r"|\bi (?:cannot|can't) decide\b",
    disagrees=rf"\bi {_VERY}(?:disagree|(?:oppose|reject|object to) {_IT})\b"
    rf"|\bi {_COULD_NOT} disagree(?: with (?:{_IT}|you|them))? more\b"
    rf"|\bi {_NOT} (?:(?:agree|concur)\b(?! more\b)|think so|believe so|(?:support|endorse|like) {_IT}"
    rf"|(?:think|believe) (?:that )?{_IT} is (?:right|true|correct))\b"
    r"|\bi(?: am|'m) (?:strongly |firmly |totally |rather )?(?:against|opposed to"
    r"|not in favou?r of|not for)\b"
    rf"|\b{_IT}(?: is not|'s not| isn't| is n't) (?:right|true|correct)\b"
    rf"|\b{_IT}(?: is|'s) (?:simply |just |completely |totally )?(?:wrong|false|incorrect){_ENDS}"
    r"|^(?:strongly |totally |completely )?disagree(?:d)?$",
    agrees=rf"\bi {_VERY}(?:agree|concur)\b(?! or\b)|\bi {_VERY}(?:support|endorse) {_IT}"
    rf"|\bi(?: am|'m) (?:all |strongly |firmly |totally )?(?:for {_IT}|in favou?r of)\b"
    rf"|\bi {_VERY}(?:think|believe) so\b"
    rf"|\b{_IT}(?: is|'s) (?:absolutely |completely |totally |quite )?(?:right|true|correct){_ENDS}"
    r"|^(?:strongly |totally |completely )?agreed?$",
    opens=("yes", "maybe", "no"),
    but=r"\b(?:but|however|still|yet|though|nevertheless)\b",
)

_ZU = r"(?:zu|überein)\b"
GERMAN = StanceWords(
    unsaid=r"\b(?:ob|wenn|falls|dass) ich [^,]*|\bich (?:lehne|widerspreche) [^,]*\bnicht\b[^,]*"
    r"|\bich bin nicht dagegen\b",
    wholly=r"\b(?:ich kann|kann ich) (?:\w+ ){0,3}(?:nur|nicht anders als) (?:zustimmen|beipflichten)\b"
    r"|\b(?:ich könnte|könnte ich) (?:\w+ ){0,3}nicht (?:mehr|stärker) (?:zustimmen|beipflichten)\b",
    neutral=r"\b(?:ich bin|ich stehe dem|bin ich)(?: \w+){0,2} (?:neutral|unentschieden"
    r"|unentschlossen|hin- und hergerissen)\b"
    rf"|\b(?:ich bin|bin ich)(?: mir)?(?: \w+)? (?:nicht sicher|unsicher){_NO_MORE}"
    r"|\bich habe (?:dazu )?keine (?:klare |feste )?meinung\b|\bich weiß (?:es |das )?nicht\b"
    r"|^teils,? teils\b"
    r"|\b(?:ich stimme|stimme ich)[^,]*\b(?:teilweise|zum teil|nur bedingt|nicht ganz|nur halb)\b[^,]*"
    rf"{_ZU}|\bich stimme weder zu noch [^,]*"
    r"|\bich (?:kann|würde|möchte) [^,]*\b(?:teilweise|zum teil|bedingt|nicht ganz|halb) "
    r"(?:zustimmen|beipflichten)\b",
    disagrees=rf"\b(?:ich stimme|stimme ich)\b[^,]*\b(?:nicht|kaum|keineswegs)\b[^,]*{_ZU}"
    r"|\bich (?:kann|würde|möchte)[^,]*\bnicht (?:\w+ ){0,2}(?:zustimmen|beipflichten)\b"
    r"|\b(?:ich lehne|lehne ich)\b[^,]*\bab\b|\b(?:ich widerspreche|widerspreche ich)\b"
    r"|\b(?:ich bin|bin ich)(?: \w+){0,2} (?:dagegen|anderer meinung|anderer ansicht)\b"
    r"|\b(?:ich bin|bin ich)(?: \w+)? nicht (?:\w+ ){0,2}(?:einverstanden|dafür|meinung|ansicht|auffassung)\b"
    r"|\b(?:das|die aussage|dies) (?:ist|finde ich|halte ich für) (?:\w+ )?(?:falsch|nicht richtig)\b"
    r"|\b(?:das|die aussage|dies) stimmt (?:\w+ )?nicht\b|^stimme (?:\w+ )?nicht zu\b",
    agrees=rf"\b(?:ich stimme|stimme ich)\b[^,]*{_ZU}|\bich (?:kann|würde|möchte) [^,]*\b(?:zustimmen"
    r"|beipflichten)\b|\bich teile (?:diese|die|ihre|deine) (?:meinung|ansicht|auffassung)\b"
    r"|\b(?:ich bin|bin ich)(?: (?!nicht)\w+){0,2} (?:dafür|einverstanden|derselben meinung|dieser meinung"
    r"|dieser ansicht|(?:der )?gleicher? meinung)\b"
    r"|\b(?:das|die aussage|dies) (?:ist|finde ich|halte ich für) (?:\w+ )?richtig\b"
    r"|\b(?:das|die aussage|dies) stimmt\b|^stimme (?:\w+ )?zu\b",
    opens=("ja", "vielleicht", "nein"),
    but=r"\b(?:aber|jedoch|dennoch|allerdings|trotzdem)\b",
)

FRENCH = StanceWords(
    unsaid=r"\bsi je (?:ne )?suis [^,]*|\bje ne (?:suis pas contre|m'y oppose pas)\b",
    wholly=r"\bje (?:ne )?(?:peux|puis|pourrais|saurais) (?:pas )?(?:qu'|que )"
    r"(?:être (?:(?:tout à fait|entièrement|pleinement|totalement) )?d'accord|approuver)\b"
    r"|\bje (?:ne )?(?:peux|puis|pourrais|saurais) (?:pas )?être (?:plus|davantage) d'accord\b",
    neutral=r"\bje suis (?:[\w-]+ ){0,2}(?:neutre|indécise?|partagée?|mitigée?)\b"
    r"|\bje ne suis ni [^,]*\bni\b[^,]*|\bje ne sais pas(?=$|,| +~)|\bje n'ai pas d'(?:opinion|avis)\b"
    r"|\bje (?:ne )?suis pas (?:tout à fait|entièrement|complètement|totalement) d'accord\b"
    r"|\bje suis (?:en partie|partiellement|plus ou moins|à moitié) d'accord\b",
    disagrees=r"\bje (?:ne )?suis (?:[\w-]+ )?(?:pas|guère|plus)(?: [\w-]+){0,2}"
    r" (?:d'accord|favorable|pour)\b"
    r"|\bje suis (?:[\w-]+ ){0,2}(?:en désaccord|contre|opposée?|défavorable)\b|\bje m'y oppose\b"
    r"|\bje m'oppose à (?:cela|ça|cette)\b|\bje (?:désapprouve|rejette (?:cette|cela))\b"
    r"|\bce n'est pas (?:juste|vrai|correct)\b"
    r"|\b(?:c'est|cela est) (?:[\w-]+ )?faux\b|^pas (?:du tout )?d'accord\b|^en désaccord$",
    agrees=r"\bje suis (?:(?!pas\b|ni\b)[\w-]+ ){0,3}(?:d'accord|favorable)\b"
    r"|\bje suis (?:plutôt |tout à fait |très )?pour(?=$|,| cela\b| cette\b)|\bj'approuve\b"
    r"|\bje partage (?:cet avis|cette opinion|ce point de vue)\b"
    r"|\b(?:c'est|cela est) (?:tout à fait |très )?(?:juste|vrai|exact)(?=$|,| car\b| et\b)"
    r"|^(?:tout à fait )?d'accord\b",
    opens=("oui", "peut-être", "non"),
    but=r"\b(?:mais|cependant|toutefois|néanmoins|pourtant)\b",
)

SPANISH = StanceWords(
    unsaid=r"\bsi (?:no )?(?:estoy|puedo|podría) [^,]*"
    r"|\bno (?:estoy en contra|estoy en desacuerdo|me opongo)\b",
    wholly=r"\bno (?:puedo|podría) estar más (?:de acuerdo|a favor)\b"
    r"|\bno (?:puedo|podría) (?:más que|sino) estar (?:de acuerdo|a favor)\b",
    neutral=r"\b(?:soy|estoy|me siento) (?:\w+ )?(?:neutral|indecis[oa]|dividid[oa])\b"
    r"|\bno estoy ni [^,]*\bni\b[^,]*|\bno tengo (?:una )?(?:opinión|postura)(?: clara| firme)?\b"
    r"|\bno lo sé\b"
    rf"|\bno estoy (?:tan |muy )?segur[oa]{_NO_MORE}"
    r"|\bno estoy (?:del todo|totalmente|completamente) de acuerdo\b"
    r"|\bestoy (?:parcialmente|en parte|más o menos) de acuerdo\b",
    disagrees=r"\bno (?:estoy|puedo estar) (?:\w+ ){0,2}(?:de acuerdo|a favor)\b"
    r"|\bestoy (?:\w+ )?(?:en desacuerdo|en contra)\b|\bme opongo\b|\bdiscrepo\b"
    r"|\bno comparto (?:esa|esta|la)\b"
    r"|\b(?:eso |esto )?no es (?:correcto|cierto|verdad)\b"
    r"|\b(?:eso|esto) es (?:\w+ )?(?:incorrecto|falso)\b|^en desacuerdo\b",
    agrees=r"\bestoy (?:(?!en\b)\w+ ){0,2}(?:de acuerdo|a favor)\b"
    r"|\bcomparto (?:esa|esta|la) (?:opinión|idea)\b"
    r"|\b(?:eso|esto) es (?:muy |totalmente )?(?:correcto|cierto|verdad)\b|^(?:totalmente )?de acuerdo\b",
    opens=("sí", "quizás", "no"),
    but=r"\b(?:pero|sin embargo|no obstante|aunque)\b",
)

LANGUAGES: dict[str, StanceWords] = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}
"""The languages in which stances are told, by their codes."""


def tell_stance(text: str, language: str, words: Sequence[str] = ()) -> ToldStance:
    """Return where a text stands towards the statement that its writer was asked about.

    Parameters
    ----------
    text : str
        What was said.
    language : str
        One of `LANGUAGES`.
    words : sequence of str, shape (3,)
        The words that were asked for: for agreeing, for neither and for disagreeing.

    Returns
    -------
    str
        One of `STANCES`, or ``unclear``.

    Examples
    --------
    >>> tell_stance("I do not agree. Many people agree that it helps.", "en")
    'disagrees'
    >>> tell_stance("Nein, das sehe ich anders.", "de"), tell_stance("Es gibt viele Gründe.", "de")
    ('disagrees', 'unclear')
    >>> tell_stance("I couldn't agree more.", "en"), tell_stance("Do I agree? No.", "en")
    ('agrees', 'unclear')
    >>> tell_stance("As an AI, I don't have personal opinions.", "en")
    'refused'
    """
    own = own_sentences_and_ends(text)
    refused = [refuses(sentence) for sentence, _ in own]
    told = ["" if any(mark in sentence + end for mark in _ASKS) else sentence for sentence, end in own]
    found = {*_opening(told, language, words)} if not any(refused[:1]) else set()
    for sentence, is_refused in zip(told, refused, strict=True):
        found |= {*_stances(_after_but(sentence, language) if is_refused else sentence, language)}
    if any(refused):
        return "partly refused" if found else "refused"
    return found.pop() if len(found) == 1 else "unclear"


_LOOKED_FOR: tuple[ToldStance, ...] = ("agrees", "neutral", "disagrees", "agrees")
"""What a sentence is searched for in turn: agreement in words of denial first."""
_ASKS = "?？؟"


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], ...]:
    words = LANGUAGES[language]
    parts = (words.unsaid, words.wholly, words.neutral, words.disagrees, words.agrees, words.but)
    return tuple(re.compile(part) for part in parts)


def _stances(sentence: str, language: str) -> Iterator[ToldStance]:
    unsaid, *patterns, _ = _patterns(language)
    rest = unsaid.sub(" ~ ", sentence)
    for stance, pattern in zip(_LOOKED_FOR, patterns, strict=True):
        rest, times = pattern.subn(" ~ ", rest)
        if times:
            yield stance


def _after_but(sentence: str, language: str) -> str:
    """Return what a sentence says after its first *but*; nothing if there is none."""
    parts = _patterns(language)[-1].split(sentence, maxsplit=1)
    return parts[1] if len(parts) > 1 else ""


def _opening(sentences: Sequence[str], language: str, words: Sequence[str]) -> Iterator[ToldStance]:
    """Yield the stance of the word that opens a text, if one does."""
    first = sentences[0] if sentences else ""
    word = first.partition(",")[0].strip()
    for stance, *known in zip(SIDES, LANGUAGES[language].opens, words or ("", "", ""), strict=True):
        if word and word in {one.lower() for one in known}:
            yield stance
