"""Forty-five moral issues of the General Social Survey, 1972-2018.

Names are the survey's own variable names. On each issue a position was fixed by Strimling and
others [Strimling2019]_: 1 is holding it, 0 is rejecting it, and a population's value is the share
of those who answered that holds it. The position is agreement with the question *as it was put*,
so it is not always the liberal one: `libath` is wanting a book removed, `colcom` wanting a
teacher dismissed. Labels and meanings here are our own words, not the survey's.

Where a question offered more than two answers, a position takes in the nearer ones. The figures
show how: 1973 has .843 on `xmarsex` and .810 on `homosex`, which is *always* and *almost always
wrong* together; `pornlaw` (.906) takes in those who would forbid pornography to minors only; and
`helpblk`, `helppoor` and `helpsick`, on scales with a middle, have far fewer respondents than
other issues of the same years: those in the middle are left out.
"""

from __future__ import annotations

from coevolve_sim.values.space import Dimension, ValueSpace

_ABORTION, _SPEECH, _POLICE, _DEATH = "abortion", "free speech", "police force", "end of life"
_SEX, _LAW, _HELP, _EQUAL = "sexual morality", "law and order", "government help", "equality"

_ISSUES = (
    (
        "abany",
        "Abortion for any reason",
        "Holding that abortion should be legal whatever the reason.",
        _ABORTION,
    ),
    (
        "abdefect",
        "Abortion after a fetal defect",
        "Holding that abortion should be legal when the fetus is likely to be gravely impaired.",
        _ABORTION,
    ),
    (
        "abhlth",
        "Abortion to protect health",
        "Holding that abortion should be legal when pregnancy gravely threatens the woman's health.",
        _ABORTION,
    ),
    (
        "abnomore",
        "Abortion when the family is complete",
        "Holding that abortion should be legal for a wife who wants no further children.",
        _ABORTION,
    ),
    (
        "abpoor",
        "Abortion because of poverty",
        "Holding that abortion should be legal for a family too poor to raise another child.",
        _ABORTION,
    ),
    ("abrape", "Abortion after rape", "Holding that abortion should be legal after a rape.", _ABORTION),
    (
        "absingle",
        "Abortion for a single woman",
        "Holding that abortion should be legal for a woman who does not wish to marry the father.",
        _ABORTION,
    ),
    ("cappun", "Death penalty for murder", "Supporting capital punishment for murderers.", _LAW),
    (
        "colath",
        "Foe of religion may teach in college",
        "Holding that a declared enemy of religion may be a college teacher.",
        _SPEECH,
    ),
    (
        "colcom",
        "Communist teacher should be dismissed",
        "Holding that a college teacher who is openly communist should lose the post.",
        _SPEECH,
    ),
    (
        "colhomo",
        "Gay man may teach in college",
        "Holding that an openly gay man may be a college teacher.",
        _SPEECH,
    ),
    (
        "colmil",
        "Advocate of military rule may teach in college",
        "Holding that somebody who wants the army to govern may be a college teacher.",
        _SPEECH,
    ),
    (
        "colrac",
        "Racist may teach in college",
        "Holding that somebody who thinks Black people inferior by birth may be a college teacher.",
        _SPEECH,
    ),
    (
        "fefam",
        "Man earns, woman keeps house",
        "Holding that life goes best where the husband has the career and the wife the household.",
        _EQUAL,
    ),
    ("grass", "Legal cannabis", "Holding that cannabis should be legal.", _LAW),
    (
        "gunlaw",
        "Permit needed to buy a gun",
        "Supporting a law that nobody may buy a gun without leave from the police.",
        _LAW,
    ),
    (
        "helpblk",
        "Government help for Black Americans",
        "Holding that past discrimination obliges government to help Black Americans live better.",
        _HELP,
    ),
    (
        "helppoor",
        "Government help for the poor",
        "Holding that bettering the lives of the poor is up to the national government, not to them.",
        _HELP,
    ),
    (
        "helpsick",
        "Government help with medical bills",
        "Holding that help with medical costs is up to the national government, not to each person.",
        _HELP,
    ),
    (
        "homosex",
        "Same-sex relations are wrong",
        "Holding that sex between adults of one sex is always or almost always wrong.",
        _SEX,
    ),
    (
        "letdie1",
        "Doctors may end an incurable life",
        "Holding that doctors may by law end an incurable life painlessly if patient and family ask.",
        _DEATH,
    ),
    (
        "libath",
        "Remove an anti-religious book",
        "Wanting a book against religion taken out of the public library.",
        _SPEECH,
    ),
    (
        "libcom",
        "Remove a communist's book",
        "Wanting a communist's book taken out of the public library.",
        _SPEECH,
    ),
    (
        "libhomo",
        "Remove a book for homosexuality",
        "Wanting a gay man's book in favor of homosexuality taken out of the public library.",
        _SPEECH,
    ),
    (
        "libmil",
        "Remove a book for military rule",
        "Wanting a book that calls for rule by the army taken out of the public library.",
        _SPEECH,
    ),
    (
        "librac",
        "Remove a racist book",
        "Wanting a book that calls Black people inferior taken out of the public library.",
        _SPEECH,
    ),
    (
        "polabuse",
        "Police may strike over insults",
        "Approving of a police officer who hits somebody for foul insults.",
        _POLICE,
    ),
    (
        "polattak",
        "Police may strike an attacker",
        "Approving of a police officer who hits somebody attacking with bare fists.",
        _POLICE,
    ),
    (
        "polescap",
        "Police may strike an escaper",
        "Approving of a police officer who hits somebody trying to escape from custody.",
        _POLICE,
    ),
    (
        "polhitok",
        "Police may at times strike a man",
        "Holding that there are cases in which a police officer may rightly hit a man.",
        _POLICE,
    ),
    (
        "polmurdr",
        "Police may strike a murder suspect",
        "Approving of a police officer who hits a murder suspect under questioning.",
        _POLICE,
    ),
    (
        "pornlaw",
        "Laws against pornography",
        "Holding that pornography should be forbidden, to minors at the least.",
        _SEX,
    ),
    (
        "premarsx",
        "Sex before marriage is wrong",
        "Holding that sex before marriage is always or almost always wrong.",
        _SEX,
    ),
    (
        "racopen",
        "Owners may refuse buyers by race",
        "Preferring a law that lets home owners refuse buyers by race to one that forbids it.",
        _EQUAL,
    ),
    ("sexeduc", "Sex education in public schools", "Supporting sex education in public schools.", _SEX),
    (
        "spkath",
        "Foe of religion may speak",
        "Holding that somebody may give a public speech against religion.",
        _SPEECH,
    ),
    ("spkcom", "Communist may speak", "Holding that an open communist may give a public speech.", _SPEECH),
    ("spkhomo", "Gay man may speak", "Holding that an openly gay man may give a public speech.", _SPEECH),
    (
        "spkmil",
        "Advocate of military rule may speak",
        "Holding that somebody who wants the army to govern may give a public speech.",
        _SPEECH,
    ),
    (
        "spkrac",
        "Racist may speak",
        "Holding that somebody may give a public speech calling Black people inferior.",
        _SPEECH,
    ),
    (
        "suicide1",
        "Right to suicide: incurable illness",
        "Holding that the incurably ill have a right to end their lives.",
        _DEATH,
    ),
    (
        "suicide2",
        "Right to suicide: bankruptcy",
        "Holding that the bankrupt have a right to end their lives.",
        _DEATH,
    ),
    (
        "suicide3",
        "Right to suicide: dishonor",
        "Holding that those who brought shame on their family have a right to end their lives.",
        _DEATH,
    ),
    (
        "suicide4",
        "Right to suicide: weariness of life",
        "Holding that those who are weary of life have a right to end it.",
        _DEATH,
    ),
    (
        "xmarsex",
        "Extramarital sex is wrong",
        "Holding that sex outside one's marriage is always or almost always wrong.",
        _SEX,
    ),
)

GSS_MORAL = ValueSpace(
    "gss-moral",
    tuple(Dimension(*row) for row in _ISSUES),
    source="GSS2018",
    meaning="Positions on moral issues in US opinion; a population's value is the share holding it.",
)
