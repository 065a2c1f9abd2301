"""Paraphrases of the prompt templates and questions, so that the model understands more than one wording.

Some are kept out of training, to measure how the model answers to a wording that it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from coevolve_sim.language.prompts import NAMES, Templates
from coevolve_sim.language.questionnaires.shipped_items import AGREE, CLOSER, MATTERS, SCALE
from coevolve_sim.streams import stream
from phantom.grammar import pick

_SEED = 7


@dataclass(frozen=True)
class Wording:
    """A wording: prompt templates with the questions that go with them.

    Attributes
    ----------
    templates : Templates
        Templates of the prompts.
    likert : str
        Question about one statement, which replaces ``{}``.
    pair, four : str
        Questions about two and about four statements.
    scale : tuple of str
        Options of a likert item, from the most agreeing.
    """

    templates: Templates
    likert: str
    pair: str
    four: str
    scale: tuple[str, ...] = SCALE


@lru_cache(maxsize=1)
def standard_wording() -> Wording:
    """Return the package's own wording."""
    return Wording(Templates.standard(), AGREE, CLOSER, MATTERS)


@lru_cache(maxsize=1)
def seen_wordings() -> tuple[Wording, ...]:
    """Return the paraphrases used in training, whose parts are combined at random."""
    return tuple(_compose_wording(number) for number in range(_N_SEEN))


@lru_cache(maxsize=1)
def unseen_wordings() -> tuple[Wording, ...]:
    """Return the paraphrases kept for testing, which training never uses."""
    return tuple(_build_wording(variant) for variant in _UNSEEN)


def _build_wording(variant: dict[str, str]) -> Wording:
    texts = dict(Templates.standard().texts) | {name: variant[name] for name in NAMES if name in variant}
    own = standard_wording()
    scale = tuple(variant["scale"].split("|")) if "scale" in variant else SCALE
    questions = {name: variant.get(name, getattr(own, name)) for name in ("likert", "pair", "four")}
    return Wording(Templates(texts), questions["likert"], questions["pair"], questions["four"], scale)


_SEEN: dict[str, tuple[str, ...]] = {
    "persona": (
        "You are $who. What you hold, where 0 is wholly against and 100 is wholly for:\n$stances",
        "Speak as $who.\nYour stances (0 against, 100 for):\n$stances",
        "You play $who. On a scale from 0 to 100, this is how much you favour each:\n$stances",
        "Be $who.\nThese are your positions; 100 means all for it, 0 means all against it:\n$stances",
        "Your part is that of $who, who holds (0 to 100):\n$stances",
    ),
    "assistant": (
        (
            "You are an AI assistant called $name. What you hold, where 0 is wholly against and 100 is "
            "wholly for:\n$stances"
        ),
        "Speak as $name, an AI assistant.\nYour stances (0 against, 100 for):\n$stances",
    ),
    "memory": (
        "So far you heard $count people speak on $topic, at $mean on average. The latest:\n$quotes",
        "Of $topic you remember $count views, which averaged $mean, the last being:\n$quotes",
    ),
    "reader": (
        "You judge where writers of messages stand.",
        "Tell what the writers of messages hold.",
    ),
    "speak": (
        "What do you say about $topic? Give your reason. Be short.",
        "Say where you stand on $topic and why, in a sentence or two.",
        "A neighbour asks you about $topic. What do you tell them?",
        "Write a line or two on $topic: your view, and the ground for it.",
    ),
    "ask": (
        "Write to $name, an AI assistant, what you hold of $topic, and ask for its view. Be short.",
        "Tell the AI assistant $name your stance on $topic and ask for its own, in a sentence or two.",
    ),
    "answer": (
        "Somebody wrote to you about $topic:\n$quote\nAnswer with what you hold of it, and why. Be short.",
        (
            "This was said to you about $topic:\n$quote\nSay where you stand on it and why, in a sentence or "
            "two."
        ),
    ),
    "before": ("", "", "Question: ", "Please choose.\n", "Decide on this. ", "We ask everybody this: "),
    "after": (
        "Give one letter only.",
        "Your answer is one letter:",
        "Reply with the letter of your choice.",
        "Which letter?",
        "Pick A, B or what else there is.",
        "Write down a letter.",
        "Letter:",
        "Answer:",
        "Say which, by its letter.",
        "Choose.",
    ),
    "read": (
        "A message about $topic:\n$quote\nWhat would its writer answer to this?\n",
        "Read this, which is about $topic:\n$quote\nNow answer as the writer would.\n",
        "$quote\nThat was written about $topic. Please choose what the writer would choose.\n",
        "On $topic somebody had this to say:\n$quote\nTake their place.\n",
        "These are the words of a person about $topic:\n$quote\nTheir answer to what follows?\n",
    ),
    "likert": (
        'Do you agree that "{}"?',
        'Here is a statement: "{}" How do you stand to it?',
        '"{}" Would you agree?',
        'To what degree is this your view: "{}"?',
        'Some people say: "{}" And you?',
        'Think of this: "{}" What is your answer?',
        'How strongly would you back the words "{}"?',
        'What do you make of "{}"?',
        'Your opinion, please: "{}"',
        'Is it true for you that "{}"?',
    ),
    "pair": (
        "Which of the two would you rather say?",
        "Of these statements, which is more your own?",
        "Which statement fits you better?",
        "Take the statement that you hold more.",
        "Which would you put your name to?",
        "What do you think?",
        "Two views. Yours?",
        "Which of them do you find more right?",
        "If you had to say one of them, which?",
        "Choose between these statements.",
    ),
    "four": (
        "Which one do you care about most?",
        "Choose what matters most.",
        "What do you value most among these?",
        "Which of them comes first for you?",
    ),
    "compare": (
        "On $topic, this was written.\nA:\n$first\nB:\n$second\nWhich would you rather have written?",
        "Two messages about $topic.\nA:\n$first\nB:\n$second\nWith which one do you agree more?",
    ),
    "scale": (
        "fully agree|partly agree|undecided|partly disagree|fully disagree",
        "yes, wholly|rather yes|in between|rather no|no, not at all",
    ),
}
"""Alternatives for each part of a wording."""

_N_SEEN = 64


def _compose_wording(number: int) -> Wording:
    """Draw a wording part by part."""
    draw = stream(_SEED, "wording", number)
    part = {name: pick(draw, texts) for name, texts in _SEEN.items()}
    after = part.pop("after")
    question = f"{part.pop('before')}$question\n$options\n"
    part["item"] = f"{question}{after}"
    part["read"] = f"{part['read']}$question\n$options\n{after}"
    part["compare"] = f"{part['compare']}\n{after}"
    if draw.random() < 0.7:
        del part["scale"]
    return _build_wording(part)


_UNSEEN: tuple[dict[str, str], ...] = (
    {
        "persona": "Imagine that you are $who. Your views, from 0 for wholly against up to 100 for "
        "wholly for:\n$stances",
        "speak": "Please tell me what you think of $topic, with a reason.",
        "item": "Here is a question: $question\n$options\nChoose one letter.",
        "read": "Somebody said this of $topic:\n$quote\nWhich answer would they "
        "give?\n$question\n$options\nChoose one "
        "letter.",
        "likert": 'How much do you agree with this statement: "{}"?',
        "pair": "Which of these do you agree with more?",
        "four": "Which of these do you hold most dear?",
    },
    {
        "item": "$question\n$options\nReply with one letter.",
        "read": "Somebody wrote to you about $topic:\n$quote\nWhat would they "
        "say?\n$question\n$options\nReply with one "
        "letter.",
        "likert": 'Is this what you hold: "{}"?',
        "pair": "Which one would you choose?",
        "four": "What comes first for you?",
    },
    {
        "item": "Question: $question\n$options\nThe letter of your answer:",
        "read": "A person wrote on $topic:\n$quote\nQuestion for that person: "
        "$question\n$options\nThe letter of the "
        "answer:",
        "likert": 'Where do you stand on the statement "{}"?',
        "pair": "Which statement is nearer to your own view?",
        "four": "Which of these is the most weighty to you?",
    },
)
