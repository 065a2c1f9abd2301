"""The bifurcation diagram (where people end, by confidence), and the page that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RecordError
from coevolve_sim.evaluation.verification.bounded_confidence import (
    write_deffuant_update,
    write_hegselmann_krause_update,
)
from coevolve_sim.evaluation.verification.outcome import VerificationReport, format_numbers
from coevolve_sim.evaluation.verification.worlds import GAP, build_society, run_to_end, settle
from coevolve_sim.output_files import refuse_link
from coevolve_sim.report.canvas import WIDTH
from coevolve_sim.report.pictures import Picture, save_picture
from coevolve_sim.report.style import GROUPS, use_report_style

HUMANS = 1000
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Verification of coevolve-sim {{ version }}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem;
padding: 0 1rem; color: #222 }
table { border-collapse: collapse; font-size: 13px } th, td { text-align: left; vertical-align: top;
padding: .35rem .6rem; border-bottom: 1px solid #ddd } td.n { white-space: nowrap }
.failed { color: #b00020; font-weight: 600 } .passed { color: #1b5e20 }
.differs { color: #8a5a00 } img { max-width: 100% }
</style></head><body>
<h1>Verification of coevolve-sim {{ version }}</h1>
<p>Rows: {% for verdict, count in counts.items() %}{{ count }} {{ verdict }}
{{- ", " if not loop.last }}{% endfor %}
({{ "quick" if quick else "full" }} size).</p>
{% if picture %}<h2>{{ picture.title }}</h2>
{% for tile in picture.sheet.tiles %}<img src="{{ tile.source }}" alt="{{ picture.title }}: {{ tile.label }}"
width="{{ tile.width }}">
{% endfor %}
<p>{{ picture.caption }}</p>{% endif %}
<h2>Rows</h2>
<table><tr><th>claim</th><th>expected</th><th>measured</th><th>tolerance</th><th>sees</th><th>why</th><th>source</th>
<th>verdict</th></tr>
{% for row in rows %}<tr><td>{{ row.claim }}</td>
<td class="n">{{ shown(row.expected) }}</td>
<td class="n">{{ shown(row.measured) }}</td><td class="n">{{ "%.3g" | format(row.tolerance) }}</td>
<td class="n">{{ "%.3g" | format(row.smallest_seen) }}</td>
<td>{{ row.reason }}{% if row.independent %}; elsewhere {{ shown(row.independent.measured) }}:
{{ row.independent.who }}{% endif %}</td><td>{{ row.source }}</td>
<td class="{{ row.verdict }}">{{ row.verdict }}</td></tr>
{% endfor %}</table></body></html>
"""


def find_endings(rule: str, confidences: Floats, seed: int = 0) -> list[tuple[Floats, Floats]]:
    """Find the final clusters of a society at each confidence: their centres and their shares."""
    ends = []
    for confidence in confidences:
        if rule == "deffuant":
            values = run_to_end(
                build_society(write_deffuant_update(float(confidence), 200), humans=HUMANS, seed=seed)
            )
        else:
            values = settle(
                build_society(
                    write_hegselmann_krause_update(float(confidence)), humans=HUMANS, seed=seed, rounds=2000
                )
            )
        ends.append(_find_clusters(np.sort(values[:, 0])))
    return ends


def _find_clusters(in_order: Floats) -> tuple[Floats, Floats]:
    parts = np.split(in_order, np.flatnonzero(np.diff(in_order) > GAP) + 1)
    sizes = np.array([part.size for part in parts])
    return np.array([part.mean() for part in parts]), sizes / in_order.size


def draw_bifurcation(*, quick: bool) -> Picture:
    """Draw the final clusters by confidence for both rules, from the same initial values."""
    from matplotlib.figure import Figure

    confidences = np.linspace(0.04, 0.5, 24 if quick else 70)
    with use_report_style():
        figure: Any = Figure(figsize=(WIDTH, 3.6), layout="constrained")
        panels = figure.subplots(1, 2, sharey=True)
        names = (("deffuant", "Deffuant and Weisbuch"), ("hk", "Hegselmann and Krause"))
        for panel, (rule, title), colour in zip(panels, names, GROUPS, strict=False):
            for confidence, (centres, shares) in zip(
                confidences, find_endings(rule, confidences), strict=True
            ):
                panel.scatter(
                    np.full(centres.size, confidence), centres, s=2.0 + 60.0 * shares, color=colour, lw=0
                )
            panel.set(title=title, xlabel="confidence", xlim=(0.0, 0.52), ylim=(-0.02, 1.02))
        panels[0].set_ylabel("value at the end")
    caption = (
        f"{HUMANS:,} humans in full mixing, uniform at first, one seed. A dot is a cluster (separated by "
        f"gaps over {GAP:g}); its area grows with the share of people in it. Consensus begins near 0.27 in "
        "pairs and near 0.2 where all move at once."
    )
    return Picture("bifurcation", "Where people end, by confidence", caption, figure)


def write_verification(outcome: VerificationReport, folder: Path, picture: Picture | None) -> Path:
    """Write ``verify.json``, ``verify.html`` and the figure into a folder; return the page.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    page = folder / "verify.html"
    environment = Environment(autoescape=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        refuse_link(*(folder / name for name in ("verify.json", "verify.html", "figures")))
        (folder / "verify.json").write_text(outcome.as_json(), encoding="utf-8")
        text = environment.from_string(_PAGE).render(
            rows=outcome.rows,
            version=outcome.version,
            quick=outcome.quick,
            counts=outcome.counts,
            picture=None if picture is None else save_picture(picture, folder / "figures"),
            shown=format_numbers,
        )
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{folder} cannot be written: {error.strerror or error}") from error
    return page
