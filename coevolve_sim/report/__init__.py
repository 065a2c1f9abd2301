"""Reports: a run, or a study of many runs, as one HTML page with figures.

`write_report` writes that of a run. The modules, from record to page:

- `run_data`: the run's arrays, read once; `sampling`: the humans and rounds in pictures of very many.
- `style`, `canvas`, `grid`, `timeline`: colours, what is drawn on, panels, the axis of rounds; `pictures`: a
  picture and its files; `tiles`: its panels, cut so that the page can stack them.
- `value_pictures`, `network_picture`, `measure_pictures`: the figures.
- `scenario_text`: the scenario in sentences; `findings`: the four questions; `tables`, `numbers`: numbers.
- `language_data`, `conversations`, `message_list`, `language_tables`, `mediated_table`, `language_pictures`,
  `language_section`: messages and readings, for runs in which humans speak.
- `comparison`: a second run, drawn dashed.
- `page`: all of these through the template ``report.html.j2``; `templates` fills templates in.

`study_page.write_study_report` writes that of a study, through ``study.html.j2``: `study_data`,
what is shown; `study_pictures`, `study_design_pictures`, the figures; `study_tables`, the tables. Its
sentences are those of `coevolve_sim.studies.answer`.

`plots` and `study_plots` draw the same pictures for ``run.plot`` and ``study.plot``, and with
`conversation_picture` one that the page has in words.

The same run, or study, gives the same bytes, and the page needs no other file and no network.
"""

from coevolve_sim.report.page import write_report

__all__ = ["write_report"]
