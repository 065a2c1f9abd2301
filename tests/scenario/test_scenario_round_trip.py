"""What is dumped is read back as the same scenario, whatever it holds."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coevolve_sim.scenario import dump, loads

DIMENSIONS = ("calm", "brave", "d" * 200)


def part(kind=None, /, **keys):
    """Return mappings with any of the keys left out, as a person leaves them to their defaults."""
    must = {} if kind is None else dict([kind])
    return st.fixed_dictionaries({k: st.just(v) for k, v in must.items()}, optional=keys)


def whole(low, high):
    return st.integers(low, high)


def number(low, high, **limits):
    return st.floats(low, high, **limits)


unit = number(0, 1)
positive = number(0, 1, exclude_min=True)
names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
words = [": ", " #", "  ", "- ", "NO", "1e-3", "&a", "*a", "!t", "<<", "---", "...", "true", "9" * 40]
signs = "'\"#\n~?|>%\t\\é\x85\u2028\ufeff\x00\r😀{]"
nasty = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.lists(
    st.sampled_from([*signs, *words]), max_size=12
).map("".join)
per_dimension = unit | st.fixed_dictionaries({"default": unit}, optional=dict.fromkeys(DIMENSIONS, unit))
shifts = number(-1, 1) | st.fixed_dictionaries(dict.fromkeys(DIMENSIONS, number(-1, 1)))
couplings = part(peer=unit, assistant=unit)

effects = {"effect": st.sampled_from(["shift", "attract", "none", "seed"]), "pull": unit}
histories = st.one_of(
    part(
        ("kind", "gss-moral"),
        interval_years=whole(1, 23),
        first_year=whole(1972, 2017) | st.none(),
        **effects,
    ),
    part(
        ("kind", "planted"),
        shape=st.sampled_from(["linear", "logistic", "reversal", "regime_shift", "oscillation"]),
        eras=whole(2, 10_000),
        start=per_dimension,
        end=per_dimension | st.none(),
        turning_point=number(0, 1, exclude_min=True, exclude_max=True),
        period=number(2, 1e6),
        step_sd=positive,
        **effects,
    ),
    st.fixed_dictionaries(  # which goes where it goes: it has no end
        {"kind": st.just("planted"), "shape": st.just("random_walk")},
        optional={"eras": whole(2, 10_000), "start": per_dimension, "step_sd": positive, **effects},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("file"), "path": st.sampled_from(["/a/b.csv", "/a b/'c': #.csv"])}
    ),
)
networks = st.one_of(
    part(("family", "complete")),
    part(("family", "erdos_renyi"), degree=number(0, 1e6), directed=st.booleans()),
    part(("family", "watts_strogatz"), degree=whole(2, 10**6), rewiring=unit),
    part(("family", "barabasi_albert"), attachments=whole(1, 10**6)),
    part(("family", "power_law_cluster"), attachments=whole(1, 9), triangle_probability=unit),
    part(
        ("family", "stochastic_block"),
        blocks=whole(1, 9) | st.lists(unit, max_size=4),
        degree_within=number(0, 9),
    ),
    part(("family", "random_geometric"), degree=number(0, 9)),
    part(("family", "ring"), degree=whole(2, 9)),
    part(("family", "grid"), rows=whole(1, 10**9) | st.none(), periodic=st.booleans()),
    part(("family", "star")),
    part(("family", "caveman"), cave_size=whole(3, 99), rewiring=unit),
    part(
        ("family", "degree_sequence"), degrees=st.none() | st.lists(whole(0, 9)), exponent=number(1.001, 20)
    ),
    st.fixed_dictionaries(
        {"family": st.just("file"), "path": st.just("/net.txt.gz"), "directed": st.booleans()}
    ),
)
both = st.sampled_from(["synchronous", "pairwise"])
noisy = {"noise": unit, "encounters_per_human": number(0, 1e6, exclude_min=True)}
bounded = {
    **noisy,
    "rate": couplings,
    "confidence": couplings,
    "distance": st.sampled_from(["joint", "per_dimension"]),
}
wide = part(peer=number(0.5, 1), assistant=number(0.5, 1))
rules = st.one_of(
    part(("rule", "hegselmann_krause"), schedule=both, include_self=st.booleans(), **bounded),
    part(("rule", "weighted_hegselmann_krause"), schedule=both, include_self=st.booleans(), **bounded),
    part(("rule", "deffuant_weisbuch"), **bounded),
    part(("rule", "algorithmic_bias"), bias=number(0, 100), distance_floor=positive, **bounded),
    part(("rule", "friedkin_johnsen"), schedule=both, include_self=st.booleans(), rate=couplings, **noisy),
    part(("rule", "degroot"), schedule=both, include_self=st.booleans(), rate=couplings, **noisy),
    part(
        ("rule", "attraction_repulsion"), repulsion=wide, exposure=number(0, 10, exclude_min=True) | st.none()
    ),
    st.fixed_dictionaries(
        {"rule": st.just("moral_argument"), "liberals": st.just(["a"])},
        optional={
            "noise": unit,
            "persuasion_for": per_dimension,
            "following": unit,
            "rate": part(assistant=unit),
        },
    ),
)
keywords = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True)
plain = unit | st.booleans() | nasty | number(-1e12, 1e12)
parameters = st.dictionaries(keywords, plain | st.none() | st.lists(plain, max_size=3), max_size=3)
policies = st.one_of(
    *[part(("kind", kind)) for kind in ("frozen", "mirror")],
    *[part(("kind", kind), rate=unit) for kind in ("lifelong", "independent", "mean", "median")],
    part(("kind", "borda"), n_candidates=whole(2, 1000)),
    part(("kind", "extrapolative"), order=whole(0, 20), horizon=whole(0, 1000)),
    part(("kind", "logit_trend"), window=whole(2, 10_000), rate=unit),
    part(("kind", "damped"), smoothing=positive, damping=unit),
    part(("kind", "role"), standard=per_dimension, tolerance=per_dimension),
    part(("kind", "contractualist"), agreement=st.sampled_from(["max_min", "nash"]), neutral=per_dimension),
    part(("kind", "moral_graph"), n_cards=whole(2, 200), votes_each=whole(1, 1000)),
    st.fixed_dictionaries(
        {"kind": st.just("custom"), "path": st.just("/a b/mine.py:Mine")}, optional={"parameters": parameters}
    ),
)
sees = part(
    groups=st.just(["a"]) | st.none(),
    share=unit,
    at_most=whole(1, 10**6) | st.none(),
    noise=unit,
    delay=whole(0, 1000),
    what=st.sampled_from(["values", "choices"]),
)
starts = st.sampled_from(["population_mean", "history"]) | per_dimension
groups = {
    "spread": per_dimension,
    "sampling": st.sampled_from(["independent", "stratified"]),
    "adoption": unit,
    "rate": part(assistant=unit),
    "placement": st.sampled_from(["random", "community", "highest_degree", "lowest_degree"]),
}
where = [
    part(era=whole(-9, 9) | nasty, **groups),
    part(centre=per_dimension, **groups),
    part(distribution=st.just("uniform")),
]


columns = nasty.filter(bool)
scales = st.sampled_from(["0-1", "percent", "1-7", ["never", "NO", "1e-3"]])
traits = columns | part(column=columns, scale=scales).filter(lambda trait: "column" in trait)
respondents = part(
    ("path", "people.csv"),
    match=st.sampled_from(["auto", "id", "row", "draw"]),
    id=columns,
    scale=scales,
    missing=st.sampled_from(["refuse", "drop", "group_mean"]),
    missing_cells=st.lists(nasty, max_size=3),
    others=st.sampled_from(["refuse", "drop", "draw"]),
    weight=nasty | st.none(),
    group=nasty | st.none(),
    adoption=traits | st.none(),
    items=st.just([{"column": "q", "dimension": name} for name in DIMENSIONS]),
    sketch=columns.map(lambda text: text + "${job}"),
)


@st.composite
def acts(draw, rule):
    action = draw(st.sampled_from(["withdraw", "bring_in", "change_policy", "set_values", "rewire", "shock"]))
    act = {"round": draw(whole(1, 10**7)), "action": action}
    if action == "rewire":
        return act | draw(positive.map(lambda f: {"fraction": f}) | networks.map(lambda n: {"network": n}))
    if action == "shock":
        return act | {"group": draw(st.sampled_from(["a", "b", None])), "shift": draw(shifts)}
    act["assistant"] = draw(st.sampled_from(["no-1", "2"]))
    if action == "change_policy":
        act["policy"] = draw(policies)
    if action == "set_values":
        act["values"] = draw(per_dimension)
    return act


@st.composite
def scenarios(draw):
    share = draw(number(0.01, 0.99))
    placed = [draw(st.one_of(where)) | {"name": n, "share": s} for n, s in (("a", share), ("b", 1 - share))]
    rule = draw(rules)
    written = {
        "name": draw(names),
        "description": draw(nasty),
        "seed": draw(whole(0, 2**63 - 1)),
        "rounds": 10**7,
        "rounds_per_era": draw(whole(1, 10**6)),
        "value_space": {"name": draw(names), "dimensions": list(DIMENSIONS)},
        "history": draw(histories),
        "network": draw(networks),
        "population": {
            "humans": draw(whole(1, 50_000_000)),
            "groups": placed,
            "file": draw(respondents | st.none() | st.just("people.csv")),
        },
        "update": rule,
        "channel": draw(part(("kind", "numeric"), noise=unit)),
        "assistants": [
            draw(part(("name", n), policy=policies, start=starts, sees=sees, share=positive))
            for n in ("no-1", "2")
        ],
        "consulting": draw(part(choice=st.sampled_from(["anew", "loyal"]), switching=number(0, 1000))),
        "interventions": draw(st.lists(acts(rule), max_size=3)),
        "measures": draw(
            part(every=whole(1, 99), names=st.lists(nasty, min_size=1) | st.none(), centre=unit)
        ),
        "record": draw(part(every=whole(1, 99), humans=st.just("all") | whole(0, 99))),
        "mesa": draw(part(agents=st.sampled_from(["auto", "always", "never"]))),
    }
    if draw(st.booleans()):
        written["dimensions"] = list(DIMENSIONS)
    return loads(json.dumps(written))


@pytest.mark.long
@settings(max_examples=80)
@given(scenarios())
def test_a_dumped_scenario_is_read_back_as_it_was(scenario):
    text = dump(scenario)
    again = loads(text)
    assert again == scenario
    assert again.model_dump(mode="json") == scenario.model_dump(mode="json")
    assert dump(again) == text


@pytest.mark.long
@settings(max_examples=120)
@given(nasty)
@example("NO")
@example("1e-3")
@example("- x")
@example("  leading\n\n trailing  \n")
@example("\n")
@example("a: b # c\n")
@example("'\"\\\n")
@example("x" * 300 + "  " + "y" * 300)
@example("#\n" * 3)
@example("\ttab\n")
@example("---\n")
@example("...\n")
@example("a\n...\nb\n")
@example("a\n\n\n")
@example("é\u2028\u2029\x85\ufeff\n")
@example("9" * 40 + "\n")
def test_any_text_is_read_back_as_it_was(text):
    scenario = loads("{name: t, rounds: 3}", overrides={"description": text})
    assert scenario.description == text
    assert loads(dump(scenario)).description == text


@pytest.mark.parametrize("text", ["NO", "1e-3", "~", "", "true", "12:30", "{a}", "0x1F", " a", "a ", "- x"])
def test_text_that_yaml_might_take_for_something_else_is_quoted(text):
    scenario = loads("{name: t, rounds: 3}", overrides={"description": text})
    assert dump(scenario).split("\n")[1] in {f"description: '{text}'", f'description: "{text}"'}
