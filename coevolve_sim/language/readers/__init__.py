"""Readers: what turns a text into a value that is perceived."""

from coevolve_sim.language.readers.reader import (
    READERS,
    CorrectedReader,
    Reader,
    ReaderContext,
    Reading,
    ToRead,
    check_readings,
)

__all__ = ["READERS", "CorrectedReader", "Reader", "ReaderContext", "Reading", "ToRead", "check_readings"]
