"""What an operation says of itself."""

import pytest

from authbench.contracts.card import PROTECTED, Operation


@pytest.mark.parametrize("operation", Operation)
def test_a_name_is_enough_to_find_an_operation(operation: Operation) -> None:
    found = Operation(operation.value)
    assert found is operation
    assert list(Operation)[found.code] is operation
    assert found.request == f"{found.method} {found.path}"


def test_only_what_ends_a_credential_uses_it_up() -> None:
    assert [operation for operation in Operation if operation.uses_up_credential] == [
        Operation.LOGOUT,
        Operation.REFRESH,
        Operation.LOGOUT_EVERYWHERE,
    ]
    assert not any(operation.uses_up_credential for operation in PROTECTED)
    assert {operation.request: operation.status for operation in PROTECTED} == {
        "GET /me": 200,
        "GET /orders": 200,
        "POST /orders": 201,
        "GET /admin/report": 200,
    }
