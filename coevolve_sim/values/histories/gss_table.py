"""Make the compact table of survey figures that the package carries, `gss_moral.csv`.

Run once, by whoever brings the figures up to date::

    python -m coevolve_sim.values.histories.gss_table gss_moral_series_to_2018.csv

The input has the columns issue, year, share, respondents. The table keeps all of them, shares
rounded to 4 decimals (a share's sampling error is about .01), behind comment lines that say
where the figures are from.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

TABLE = Path(__file__).with_name("gss_moral.csv")
COLUMNS = ("issue", "year", "share", "respondents")

_HEADER = """\
# General Social Survey marginals 1972-2018, unweighted, dichotomised as in Strimling et al. 2019
# [GSS2018] [Strimling2019]. share: of those who answered, the share holding the position, to 4 decimals.
"""


def table_of(series: Path) -> str:
    """Return the text of the compact table made of the full series.

    Parameters
    ----------
    series : Path
        CSV with a row an issue and survey year.
    """
    with series.open(newline="", encoding="utf-8") as file:
        rows = sorted(
            (row["issue"], int(row["year"]), float(row["share"]), int(row["respondents"]))
            for row in csv.DictReader(file)
        )
    lines = [f"{issue},{year},{share:.4f},{respondents}\n" for issue, year, share, respondents in rows]
    return _HEADER + ",".join(COLUMNS) + "\n" + "".join(lines)


if __name__ == "__main__":
    TABLE.write_text(table_of(Path(sys.argv[1])), encoding="utf-8", newline="\n")
