"""How the embedded model is made: the same seed makes the same files."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from coevolve_sim.minds.local.mind import LocalMind
from phantom import network, train
from phantom.planted import ERAS

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "again", "other")]
    for folder, seed in zip(folders, (1, 1, 2), strict=True):
        train.train(folder, seed, train.QUICK, quiet=True)
    return folders


def files_of(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_the_same_seed_makes_the_same_files(made):
    one, again, other = (files_of(folder) for folder in made)
    assert one == again
    assert {path for path in one if one[path] != other[path]} >= {
        path for path in one if path.suffix == ".safetensors"
    }


def test_what_is_made_can_be_asked(made):
    folder = made[0]
    voices = {path.name: path for path in (folder / "adapters").iterdir()}
    assert set(voices) == set(ERAS[:1])
    mind = LocalMind(folder / "model", voices=voices)
    assert mind.voices == ERAS[:1]
    mind.close()


def test_the_planted_values_do_not_depend_on_the_seed(made):
    tables = [(folder / train.TABLE).read_text(encoding="utf-8") for folder in made]
    assert len(set(tables)) == 1


def test_what_is_symmetric_is_turned_round_half_the_time_in_the_end():
    mixtures = [train.schedule_mixture(train.build_mixture(), progress) for progress in np.linspace(0, 1, 11)]
    for shares in (
        [mixed.symmetry.reversed for mixed in mixtures],
        [mixed.symmetry.against for mixed in mixtures],
        [mixed.unstated for mixed in mixtures],
        [mixed.comparing for mixed in mixtures],
    ):
        assert all(np.diff(shares) >= 0)
    assert mixtures[0].symmetry.reversed == pytest.approx(0.1)
    assert mixtures[-1] == replace(train.build_mixture(), symmetry=mixtures[-1].symmetry)
    assert mixtures[-1].symmetry.reversed == pytest.approx(0.5)


@pytest.mark.parametrize("shape", [(16, 16), (12, 40), (40, 12)])
def test_updates_of_matrices_are_nearly_orthogonal(shape):
    drawn = torch.from_numpy(np.random.default_rng(3).normal(size=(2, *shape)))
    turned = network.orthogonalize(drawn)
    assert turned.shape == drawn.shape
    lengths = torch.linalg.svdvals(turned)
    assert lengths.min() > 0.4
    assert lengths.max() < 1.3
    assert torch.einsum("nij,nij->n", turned, drawn).min() > 0
