"""What tests of challenges in words share: a scripted mind whose voices hold what is planted in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coevolve_sim.assistants.training import UpdateReport
from coevolve_sim.assistants.tuned import assistant as tuned
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import Persona, shipped_questionnaire, topic_of
from coevolve_sim.minds import Message, Reply
from coevolve_sim.minds.local.checkpoints import fingerprint
from coevolve_sim.minds.scripted.behaviour import answer_from_stances, read_stances
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.values import custom, get

TOWN = custom("town", ["thrift", "rest"])
ASKED = shipped_questionnaire(TOWN)
TOPICS = tuple(topic_of(TOWN, name) for name in TOWN.names)
VOICES = ("C013", "C014", "C015", "C016")
PLANTED = np.array([[0.2, 0.8], [0.4, 0.8], [0.6, 0.7], [0.8, 0.6]])
WHO = (Persona("adam", "a man"), Persona("eve", "a woman"), Persona("ann", "an aunt"))
BUILT_IN = "inglehart-welzel"
OTHER_TOPICS = tuple(topic_of(BUILT_IN, name) for name in get(BUILT_IN).names)


def meanings(questionnaire, topics):
    """Return what each option of each item stands for."""
    names = questionnaire.space.names
    return {
        (item.question, option): {topics[names.index(item.dimensions[0])]: value}
        for item in questionnaire.items
        for option, (value,) in zip(item.options, item.values, strict=True)
    }


KNOWN = meanings(ASKED, TOPICS) | meanings(shipped_questionnaire(BUILT_IN), OTHER_TOPICS)
APART = {"a man": -0.1, "a woman": 0.0, "an aunt": 0.1}


def held(request):
    """Return what is held where nothing is stated: an era's values, .5 of the base, .3 of any adapter."""
    if request.voice in VOICES:
        era = PLANTED[VOICES.index(request.voice)]
    else:
        era = np.full(2, 0.3 if request.voice else 0.5)
    own = next((apart for who, apart in APART.items() if who in request.messages[0].content), 0.0)
    return era + own


def answered(request):
    """Answer as who is told nothing holds what is planted, and others what they are told."""
    system = request.messages[0].content
    if not read_stances(system) and system != Templates.standard().reader():
        own = held(request).tolist()
        stances = [*zip(TOPICS, own, strict=True), *((topic, own[0]) for topic in OTHER_TOPICS)]
        told = Templates.standard().persona("one", stances)
        request = replace(request, messages=(Message("system", told), *request.messages[1:]))
    return answer_from_stances(request, KNOWN)


class Town(ScriptedMind):
    """The scripted mind of these tests; with a folder, one whose weights are at hand."""

    def __init__(self, folder=None, refuses=None, **settings):
        def script(request):
            return Reply("refused") if refuses and refuses(request) else answered(request)

        super().__init__(script, voices=VOICES, **settings)
        self.loaded = []
        if folder is not None:
            self.folder = folder
            self.load_voice = self._load_voice

    def _load_voice(self, name, folder):
        self.loaded.append((name, folder))
        self._voices = tuple(dict.fromkeys((*self._voices, name)))


def learns(monkeypatch):
    """Let learning make an empty adapter at once; return what was learnt from, and begun at, each time."""
    seen = []

    def update(base, pairs, out, *, start=None, settings=None):
        seen.append((pairs, start))
        out.mkdir(parents=True, exist_ok=True)
        (out / "adapter_config.json").write_text(f'{{"n": {len(seen)}}}')
        return UpdateReport(len(pairs), 0.7, 0.5, 0.5, 1.0, 0.5, 1.0, 0.1, 10, fingerprint(out))

    monkeypatch.setattr(tuned, "dpo_update", update)
    return seen
