import pytest

from servers.schemes.parts.composed import ComposedScheme
from tests.servers.schemes.signed_tokens import ASYMMETRIC, SYMMETRIC, Door, door


@pytest.fixture(scope="package", params=[*SYMMETRIC, *ASYMMETRIC], ids=lambda kind: kind.name)
def signed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Door:
    """Each scheme of signed tokens in turn: all promise to accept and refuse the same."""
    kind: type[ComposedScheme] = request.param
    return door(kind, tmp_path_factory.mktemp(kind.name))


@pytest.fixture(scope="package", params=ASYMMETRIC, ids=lambda kind: kind.name)
def asymmetric(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Door:
    """Each of those whose verifying key is public."""
    kind: type[ComposedScheme] = request.param
    return door(kind, tmp_path_factory.mktemp(kind.name))
