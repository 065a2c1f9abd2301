"""Value spaces of established theories: Schwartz's values, moral foundations, the Inglehart-Welzel map.

Schwartz's values lie on a circle of motivations: neighbours go together, opposites conflict. The
angles here are equal steps in his order, counted from self-direction; they are an order, not
measured positions. In the theory of ten, tradition and conformity share one wedge (tradition
further out); here each has a step of its own, conformity beside security and tradition beside
benevolence, as the ten are usually listed. The theory of nineteen puts tradition beside security
[Schwartz2012]_; so do not compare the angles of those two across the spaces.

Hedonism, face and humility each lie on the border between two higher-order values. A dimension's group names
one of the four higher-order values; `HIGHER_ORDER` gives both for those three.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from coevolve_sim.values.space import Dimension, ValueSpace

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPEN, _ENHANCE = "openness to change", "self-enhancement"
_CONSERVE, _TRANSCEND = "conservation", "self-transcendence"

_TEN = (
    ("self_direction", "Self-direction", "Prizing one's own thoughts and choices.", _OPEN),
    ("stimulation", "Stimulation", "Prizing excitement, novelty and challenge.", _OPEN),
    ("hedonism", "Hedonism", "Prizing pleasure for oneself.", _OPEN),
    ("achievement", "Achievement", "Prizing success that others can see.", _ENHANCE),
    ("power", "Power", "Prizing rank, and control over people and means.", _ENHANCE),
    ("security", "Security", "Prizing safety and stability, one's own and society's.", _CONSERVE),
    (
        "conformity",
        "Conformity",
        "Prizing restraint where one might upset others or break a norm.",
        _CONSERVE,
    ),
    ("tradition", "Tradition", "Prizing the customs of one's culture or religion.", _CONSERVE),
    ("benevolence", "Benevolence", "Prizing the good of the people one is close to.", _TRANSCEND),
    ("universalism", "Universalism", "Prizing the good of all people and of nature.", _TRANSCEND),
)

_NINETEEN = (
    ("self_direction_thought", "Self-direction: thought", "Prizing ideas and abilities of one's own.", _OPEN),
    (
        "self_direction_action",
        "Self-direction: action",
        "Prizing the freedom to decide what one does.",
        _OPEN,
    ),
    _TEN[1],
    _TEN[2],
    _TEN[3],
    ("power_dominance", "Power: dominance", "Prizing command over people.", _ENHANCE),
    ("power_resources", "Power: resources", "Prizing command over money and goods.", _ENHANCE),
    ("face", "Face", "Prizing one's public image and not being shamed.", _ENHANCE),
    ("security_personal", "Security: personal", "Prizing safety for oneself and one's family.", _CONSERVE),
    ("security_societal", "Security: societal", "Prizing a safe and stable society.", _CONSERVE),
    ("tradition", "Tradition", "Prizing the customs of one's family, culture or religion.", _CONSERVE),
    ("conformity_rules", "Conformity: rules", "Prizing obedience to rules and duties.", _CONSERVE),
    (
        "conformity_interpersonal",
        "Conformity: interpersonal",
        "Prizing not upsetting other people.",
        _CONSERVE,
    ),
    ("humility", "Humility", "Prizing a modest view of one's own place.", _CONSERVE),
    (
        "benevolence_dependability",
        "Benevolence: dependability",
        "Prizing being someone to rely on.",
        _TRANSCEND,
    ),
    (
        "benevolence_caring",
        "Benevolence: caring",
        "Prizing devotion to the people one is close to.",
        _TRANSCEND,
    ),
    (
        "universalism_concern",
        "Universalism: concern",
        "Prizing equality and justice for everybody.",
        _TRANSCEND,
    ),
    ("universalism_nature", "Universalism: nature", "Prizing the care of nature.", _TRANSCEND),
    (
        "universalism_tolerance",
        "Universalism: tolerance",
        "Prizing acceptance of those unlike oneself.",
        _TRANSCEND,
    ),
)

_BORDERS = {
    "hedonism": (_OPEN, _ENHANCE),
    "face": (_ENHANCE, _CONSERVE),
    "humility": (_CONSERVE, _TRANSCEND),
}

HIGHER_ORDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: _BORDERS.get(name, (group,)) for name, _, _, group in _TEN + _NINETEEN}
)
"""The higher-order value of each of Schwartz's values; two for those on a border."""


def _place_on_circle(rows: tuple[tuple[str, str, str, str], ...]) -> tuple[Dimension, ...]:
    return tuple(Dimension(*row, angle=360 * i / len(rows)) for i, row in enumerate(rows))


SCHWARTZ_10 = ValueSpace(
    "schwartz-10",
    _place_on_circle(_TEN),
    source="Schwartz1992",
    meaning="Ten basic values in Schwartz's circular order; groups are the four higher-order values.",
)

SCHWARTZ_19 = ValueSpace(
    "schwartz-19",
    _place_on_circle(_NINETEEN),
    source="Schwartz2012",
    meaning="Nineteen finer values in their circular order; groups are the four higher-order values.",
)

MORAL_FOUNDATIONS = ValueSpace(
    "moral-foundations",
    (
        Dimension("care", "Care", "Judging by who is hurt or cared for.", "individualizing"),
        Dimension("fairness", "Fairness", "Judging by who is treated justly or cheated.", "individualizing"),
        Dimension("loyalty", "Loyalty", "Judging by who stands by the group or betrays it.", "binding"),
        Dimension(
            "authority", "Authority", "Judging by who respects rank and order or subverts it.", "binding"
        ),
        Dimension("sanctity", "Sanctity", "Judging by what is kept pure or degraded.", "binding"),
    ),
    source="Graham2013",
    meaning="How much weight each of five moral foundations has in judging right and wrong.",
)

INGLEHART_WELZEL = ValueSpace(
    "inglehart-welzel",
    (
        Dimension(
            "secular_rational",
            "Secular-rational",
            "Authority and meaning rest on reason, as against religion, nation and family.",
        ),
        Dimension(
            "self_expression",
            "Self-expression",
            "Freedom, tolerance and a say come first, as against safety and subsistence.",
        ),
    ),
    source="Inglehart2005",
    meaning="The two axes of the map of cultures: against tradition, and against survival.",
)
