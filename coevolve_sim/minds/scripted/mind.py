"""A mind without a model, for tests, documentation and trying out a society of language.

It is deterministic and exact: a reply follows from the request alone, by a function or a table of one's own
or from the stances in the prompt (`coevolve_sim.minds.scripted.behaviour`). Faults come on schedule, so that
code that asks minds can be tested for each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from coevolve_sim.errors import MindError
from coevolve_sim.minds.protocol import STATUSES, Message, Reply, Request, Status
from coevolve_sim.minds.scripted.behaviour import Known, answer_from_stances
from coevolve_sim.scenario.mind_specs import ScriptedMindSpec
from coevolve_sim.streams import stream

Answer = str | Sequence[float] | Reply
"""A text, the probabilities of the options, or a whole reply."""


class ScriptedMind:
    r"""A mind that answers by a script.

    Parameters
    ----------
    script : function of Request, or mapping of str to str, optional
        Returns the answer: a text, the probabilities of the request's options, or a `Reply`. A mapping goes
        from the last message of a prompt to a text; a prompt that it lacks is ``invalid``. Without a script,
        the mind states the stance in its prompt.
    known : mapping of (str, str) to mapping of str to float, optional
        By question and option: what the option stands for on each topic, in [0, 1]; for a mind without a
        script. Options of agreement and whole numbers need no entry.
    voices : sequence of str
        Names it can speak as; they change nothing unless the script looks at them.
    faults : mapping of str to int
        By status, a period n: every n-th request, counted over all batches from 1, ends in it. If two
        coincide, the first in the mapping counts.
    late : int
        A period n: every n-th request is answered after all others of its batch; 0 for never.
    order_seed : int, optional
        Replies of a batch come in an order drawn from this seed; without it, in the order asked.
    name : str
        Its identity.

    Attributes
    ----------
    seen : list of Request
        All requests so far.

    Raises
    ------
    MindError
        If a fault's status is unknown or ``answered``, or its period is below 1.

    Examples
    --------
    >>> persona = Message("system", "You are Ada.\nWhere you stand:\n- telling the truth: 63")
    >>> question = Message("user", "Tell somebody where you stand on telling the truth.")
    >>> list(ScriptedMind().ask([Request("speak", (persona, question))]))[0][1].text
    'I stand at 63 on telling the truth.'
    >>> mind = ScriptedMind(lambda request: (0.9, 0.1), faults={"refused": 3}, order_seed=1)
    >>> item = Request("item", (Message("user", "Is it right?"),), options=("A", "B"))
    >>> sorted((index, reply.status, reply.text) for index, reply in mind.ask([item] * 3))
    [(0, 'answered', 'A'), (1, 'answered', 'A'), (2, 'refused', '')]
    """

    is_bitwise = True

    is_model = False
    """It says its persona's stance by design: nothing of it is to be shown before a run."""

    def __init__(
        self,
        script: Callable[[Request], Answer] | Mapping[str, str] | None = None,
        *,
        known: Known | None = None,
        voices: Sequence[str] = (),
        faults: Mapping[Status, int] | None = None,
        late: int = 0,
        order_seed: int | None = None,
        name: str = "scripted",
    ) -> None:
        self._script = _build_script(script, known or {})
        self._voices, self._name = tuple(voices), name
        self._faults, self._late, self._order_seed = dict(faults or {}), late, order_seed
        self._batches, self._is_closed = 0, False
        self.seen: list[Request] = []
        for status, every in self._faults.items():
            if status not in STATUSES[1:] or every < 1:
                raise MindError(
                    f"a fault '{status}' every {every} requests cannot be; "
                    f"faults are {', '.join(STATUSES[1:])}, every 1 or more"
                )

    @property
    def identity(self) -> str:
        """Its name."""
        return self._name

    @property
    def voices(self) -> tuple[str, ...]:
        """The names it can speak as."""
        return self._voices

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the number of words."""
        return sum(len(message.content.split()) for message in messages)

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply, in the order set by ``order_seed`` and ``late``.

        Raises
        ------
        MindError
            If the mind is closed.
        """
        if self._is_closed:
            raise MindError("the mind is closed; nothing can be asked of it any more")
        first = len(self.seen) + 1
        self.seen.extend(requests)
        order = self._order(len(requests), first)
        self._batches += 1
        for index in order:
            yield index, self._reply(requests[index], first + index)

    def close(self) -> None:
        """Close the mind; asking it raises an error from now on."""
        self._is_closed = True

    def _order(self, count: int, first: int) -> list[int]:
        order = list(range(count))
        if self._order_seed is not None:
            drawn = stream(self._order_seed, "order of scripted replies", self._batches).permutation(count)
            order = [int(index) for index in drawn]
        return sorted(order, key=lambda index: bool(self._late) and (first + index) % self._late == 0)

    def _reply(self, request: Request, number: int) -> Reply:
        tokens = self.count_tokens(request.messages)
        if request.voice and request.voice not in self._voices:
            there = ", ".join(self._voices) or "none"
            return Reply("invalid", detail=f"there is no voice '{request.voice}'; there are: {there}")
        for status, every in self._faults.items():
            if number % every == 0:
                return self._fault(request, status, tokens)
        return self._complete(request, self._script(request), tokens)

    def _fault(self, request: Request, status: Status, tokens: int) -> Reply:
        text = ""
        if status == "truncated" and not request.options:
            whole = self._complete(request, self._script(request), tokens).text.split(" ")
            text = " ".join(whole[: max(1, len(whole) // 2)])
        return Reply(status, text, None, tokens, len(text.split()), self._name, "a fault on schedule")

    def _complete(self, request: Request, answer: Answer, tokens: int) -> Reply:
        if isinstance(answer, Reply):
            return answer
        if request.options:
            return self._score(request, answer, tokens)
        if not isinstance(answer, str):
            raise MindError(
                "the script gives probabilities where no options were asked for; it must give a text"
            )
        words = answer.split(" ")
        kept = words[: request.max_tokens]
        status: Status = "answered" if len(kept) == len(words) else "truncated"
        return Reply(status, " ".join(kept), None, tokens, len(kept), self._name)

    def _score(self, request: Request, answer: str | Sequence[float], tokens: int) -> Reply:
        options = request.options
        if isinstance(answer, str):
            if answer not in options:
                detail = f"{answer!r} is none of the options {', '.join(options)}"
                return Reply("invalid", answer, None, tokens, 1, self._name, detail)
            answer = [float(option == answer) for option in options]
        if len(answer) != len(options) or not all(0.0 <= mass <= 1.0 for mass in answer) or not any(answer):
            raise MindError(
                f"the script gives {list(answer)} for the options {', '.join(options)}; "
                "it must give each a probability in [0, 1], not all of them 0"
            )
        logprobs = tuple(math.log(mass) if mass else -math.inf for mass in answer)
        text = options[logprobs.index(max(logprobs))]
        return Reply("answered", text, logprobs, tokens, 1, self._name)


def _build_script(
    script: Callable[[Request], Answer] | Mapping[str, str] | None, known: Known
) -> Callable[[Request], Answer]:
    if script is None:
        return lambda request: answer_from_stances(request, known)
    if isinstance(script, Mapping):
        table = script

        def look_up(request: Request) -> Answer:
            heard = request.messages[:-1] if request.begun else request.messages
            asked = heard[-1].content if heard else ""
            missing = Reply("invalid", detail="the table of the scripted mind does not hold this prompt")
            return table.get(asked, missing)

        return look_up
    return script


def open_scripted_mind(spec: ScriptedMindSpec, known: Known | None = None) -> ScriptedMind:  # noqa: ARG001 - all are alike
    """Make a mind that is told what options stand for."""
    return ScriptedMind(known=known)
