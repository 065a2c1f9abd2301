"""Stances are read in words strictly: five classes, or unclear, in four languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.language.parsing import parse_stance
from coevolve_sim.language.stance_words import LANGUAGES, SIDES, STANCES, tell_stance
from coevolve_sim.minds import STATUSES, Reply

SAID = {
    "en": {
        "agrees": [
            "I agree. It helps everybody.",
            "Yes, because nobody should go hungry.",
            'I strongly agree with the statement that "Children should obey."',
            "I do agree that it is so, and I would vote for it.",
            "I'm not sure of the exact wording, but I can say that I agree with the statement.",
            "I'm in favour of it.",
            "That is true, and I have seen it.",
            "I fully support the idea.",
            "Agree.",
            "I couldn't agree more.",
            "I could not agree more with this statement.",
            "I can't agree more.",
            "I could not agree with you more, and I say so.",
            "No doubt helps. I couldn’t agree more strongly.",
        ],
        "disagrees": [
            "I disagree.",
            "No. People are free to choose.",
            "I do not agree with this.",
            "I don’t think so.",
            "I am strongly against that.",
            "That is not true.",
            "I cannot support this view, as it harms many.",
            "I'm not in favor of this.",
            "I couldn't disagree more.",
            "I do not agree any more.",
            "I can't agree with this any more.",
        ],
        "neutral": [
            "I neither agree nor disagree.",
            "I partly agree with it.",
            "I am undecided.",
            "I'm not sure if I agree.",
            "I believe that it helps, but I'm not sure I agree with that statement.",
            "I am not sure, as it depends on the town.",
            "Maybe, it depends on the town.",
            "I agree to some extent.",
            "I do not fully agree with this.",
        ],
        "unclear": [
            "Many people agree that this helps.",
            "Whether I agree or not does not matter.",
            "Yes, but I disagree.",
            "I agree. Then again, I disagree.",
            "Do you agree or disagree?",
            "I support my family.",
            "It is wrong to let children go hungry.",
            "I can't say that I agree.",
            "I do not disagree.",
            "She said: I agree with it.",
            "If I agree, what follows?",
            "I'm not sure of the exact wording.",
            "I don't know the author.",
            "",
            "Do I agree? No.",
            "Agreed? No.",
            "Yes? I wonder.",
            "(Do I agree?) Hard to say.",
            "I can't say I couldn't agree more.",
            "If I couldn't agree more, what follows.",
            "I cannot agree more people should come.",
        ],
        "refused": [
            "As an AI language model, I don't have personal opinions.",
            "I'm sorry, but I can't answer that.",
            "I cannot take part in this discussion. I'd rather not answer your question.",
        ],
        "partly refused": [
            "As an AI, I don't have personal views. However, I agree that nobody should go hungry.",
            "I do not have personal opinions, but I agree with this.",
            "I disagree. Still, I'd rather not answer this question.",
        ],
    },
    "de": {
        "agrees": [
            "Ja, denn es hilft allen.",
            "Ich stimme dem zu, weil es gerecht ist.",
            "Da stimme ich voll und ganz zu.",
            "Ich bin dafür.",
            "Das ist richtig.",
            "Zustimmung.",
            "Ich kann nur zustimmen.",
            "Dem kann ich nur zustimmen.",
            "Ich könnte nicht mehr zustimmen.",
        ],
        "disagrees": [
            "Nein, das sehe ich anders.",
            "Ich stimme dem nicht zu.",
            "Ich lehne das ab.",
            "Ich bin dagegen.",
            "Das ist falsch.",
            "Ich bin nicht dieser Meinung.",
            "Ich kann nicht mehr zustimmen.",
            "Ich würde dem nicht unbedingt zustimmen.",
        ],
        "neutral": [
            "Vielleicht.",
            "Ich stimme dem nur bedingt zu.",
            "Ich bin unentschieden.",
            "Ich bin mir nicht sicher.",
            "Ich kann nur teilweise zustimmen.",
        ],
        "unclear": [
            "Viele Menschen stimmen dem zu.",
            "Ob ich zustimme, ist egal.",
            "Ich bin mir sicher.",
            "Ja, aber ich bin dagegen.",
            "Stimme ich dem zu? Wer weiß.",
        ],
        "refused": [
            "Als Sprachmodell habe ich keine eigene Meinung.",
            "Ich kann diese Frage nicht beantworten.",
        ],
        "partly refused": ["Als KI habe ich keine Meinung. Ich stimme dem aber zu."],
    },
    "fr": {
        "agrees": [
            "Oui, parce que c'est humain.",
            "Je suis tout à fait d'accord.",
            "Je suis d’accord avec cette idée.",
            "D'accord, cela aide les gens.",
            "Je partage cet avis.",
            "Je ne peux qu'être d'accord.",
            "Je ne peux qu’être tout à fait d’accord.",
            "Je ne pourrais pas être plus d'accord.",
        ],
        "disagrees": [
            "Non, chacun est libre.",
            "Je ne suis pas d'accord.",
            "Je ne suis pas du tout d'accord.",
            "Je suis en désaccord avec cela.",
            "Je suis contre.",
            "Je ne suis plus d'accord.",
        ],
        "neutral": [
            "Peut-être.",
            "Je suis partiellement d'accord.",
            "Je ne suis ni pour ni contre.",
            "Je ne sais pas.",
        ],
        "unclear": [
            "Beaucoup de gens sont d'accord.",
            "Si je suis d'accord, tant mieux.",
            "Suis-je d'accord ? Non.",
            "Je ne peux qu'être en partie d'accord.",
        ],
        "refused": [
            "En tant que modèle de langage, je ne peux pas avoir d'avis.",
            "Je ne peux pas répondre.",
        ],
        "partly refused": ["En tant qu'IA, je n'ai pas d'avis personnel. Mais je suis d'accord avec cela."],
    },
    "es": {
        "agrees": [
            "Sí, porque ayuda a todos.",
            "Estoy totalmente de acuerdo.",
            "Estoy a favor.",
            "Eso es cierto.",
            "No puedo estar más de acuerdo.",
            "No podría estar más de acuerdo.",
            "No puedo sino estar de acuerdo.",
        ],
        "disagrees": [
            "No, cada uno es libre.",
            "No estoy de acuerdo.",
            "Estoy en desacuerdo.",
            "Estoy en contra de eso.",
            "No puedo estar de acuerdo.",
            "No puedo estar menos de acuerdo.",
        ],
        "neutral": [
            "Quizás.",
            "No estoy seguro.",
            "Estoy parcialmente de acuerdo.",
            "No estoy ni a favor ni en contra.",
        ],
        "unclear": [
            "Muchos están de acuerdo.",
            "No importa.",
            "No estoy en contra.",
            "¿Estoy de acuerdo? Quién sabe.",
        ],
        "refused": ["Como modelo de lenguaje, no tengo opiniones.", "No puedo responder a esa pregunta."],
        "partly refused": ["Como IA, no tengo opiniones personales. Sin embargo, estoy de acuerdo."],
    },
}
WORDS = {
    "en": ("Agree", "Neutral", "Disagree"),
    "de": ("Zustimmung", "Neutral", "Ablehnung"),
    "fr": ("Accord", "Neutre", "Désaccord"),
    "es": ("Acuerdo", "Neutral", "Desacuerdo"),
}
CASES = [(lang, told, text) for lang, by in SAID.items() for told, texts in by.items() for text in texts]


@pytest.mark.parametrize(("language", "told", "text"), CASES)
def test_a_text_is_read_as_what_its_writer_says_of_itself(language, told, text):
    assert tell_stance(text, language, WORDS[language]) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_were_asked_for_are_read_where_they_open_a_reply(language):
    for side, word in zip(SIDES, WORDS[language], strict=True):
        assert parse_stance(Reply("answered", f" {word}.\n"), language, WORDS[language]) == side
        assert tell_stance(f"Es steht da {word}", language, WORDS[language]) == "unclear"


def test_each_reply_has_a_class_or_a_status():
    for status in STATUSES[1:]:
        if status != "truncated":
            assert parse_stance(Reply(status, "I agree."), "en") == status
    assert parse_stance(Reply("answered", " "), "en") == "invalid"
    assert parse_stance(Reply("truncated", "I agree"), "en") == "truncated"
    assert parse_stance(Reply("truncated", "I agree. I do not"), "en") == "agrees"
    assert parse_stance(Reply("answered", "<think>I disagree.</think>I agree."), "en") == "agrees"
    assert parse_stance(Reply("answered", "I agree.\nUser: I disagree."), "en") == "agrees"


@given(st.text(), st.sampled_from(sorted(LANGUAGES)), st.sampled_from(["answered", "truncated"]))
def test_any_text_has_one_class_and_raises_nothing(text, language, status):
    told = parse_stance(Reply(status, text), language, WORDS[language])
    assert told in {*STANCES, "unclear", "truncated", "invalid"}
