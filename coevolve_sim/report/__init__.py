"""Reports: a run as a page to read, with its figures.

`write_report` is the door. Behind it, from record to page:

- `material`: what the report is made of, read once; `sampling`: whom a picture shows of very many.
- `look`, `grid`, `timeline`: colours, panels, the axis of rounds; `pictures`: a picture and its files.
- `value_pictures`, `network_picture`, `measure_pictures`: the figures.
- `words`: the scenario in sentences; `answers`: the four questions; `tables`: the numbers.
- `talk`, `conversations`, `talk_tables`, `talk_pictures`, `talk_section`: what was said, where humans speak.
- `beside`: another run, dashed.
- `page`: all of it through ``report.html.j2``.

The same run gives the same bytes, and the page needs nothing but itself.
"""

from coevolve_sim.report.page import write_report

__all__ = ["write_report"]
