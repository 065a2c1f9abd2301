"""A table that pandas wrote is read as the history it holds, whichever way it was written."""

import pandas as pd
import pytest

from coevolve_sim.values.histories import read_history

FRAME = pd.DataFrame({"thrift": [0.25, 0.5], "faith": [1.0, 0.0]}, index=pd.Index([1990, 2000], name="era"))


@pytest.mark.parametrize(
    ("frame", "how", "noted"),
    [
        (FRAME, {}, []),
        (FRAME.reset_index(), {"index": False}, []),
        (FRAME.reset_index(), {}, ["the first column has no name and counts the rows; it is left out"]),
        (
            FRAME,
            {"sep": ";", "decimal": ","},
            ["cells are separated by semicolons", "commas in numbers are decimal"],
        ),
        (FRAME, {"sep": "\t"}, ["cells are separated by tabs"]),
        (FRAME, {"encoding": "utf-16"}, []),
        (FRAME, {"encoding": "utf-8-sig"}, []),
        (FRAME.reset_index()[["thrift", "era", "faith"]], {"index": False}, []),
    ],
)
def test_a_table_is_the_same_history_however_pandas_wrote_it_and_notes_say_how(tmp_path, frame, how, noted):
    frame.to_csv(tmp_path / "town.csv", **how)
    history = read_history(tmp_path / "town.csv")
    assert (history.era_names, history.dimension_names) == (("1990", "2000"), ("thrift", "faith"))
    assert [history.at(era).tolist() for era in (0, 1)] == [[0.25, 1.0], [0.5, 0.0]]
    assert len(history.notes) == 1 + len(noted)
    assert all(text in note for text, note in zip(noted, history.notes[1:], strict=True))


def test_a_frame_written_to_parquet_with_its_eras_as_index_is_read(tmp_path):
    FRAME.to_parquet(tmp_path / "town.parquet")
    assert read_history(tmp_path / "town.parquet").at(1).tolist() == [0.5, 0.0]
