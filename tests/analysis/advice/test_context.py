"""The context file: what the example says, and one line for whatever is wrong."""

import tomllib
from pathlib import Path

import pytest

from analysis.advice.context import Context
from authbench.contracts.failure import Failure
from authbench.contracts.toml_file import read_model

EXAMPLE = Path(__file__).parents[3] / "docs" / "context.example.toml"


def test_the_example_has_every_key_and_is_read() -> None:
    context = read_model(EXAMPLE, Context)
    tables = tomllib.loads(EXAMPLE.read_text("utf-8").replace("# options", "options"))
    assert tables.keys() == Context.model_fields.keys()
    for table in ("service", "threats", "requirements"):
        assert tables[table].keys() == type(getattr(context, table)).model_fields.keys()
    assert dict(context.said()) == {
        "service.clients": "browser, spa",
        "threats.xss_likely": "true",
        "requirements.max_revocation_s": "60",
        "requirements.max_role_change_s": "300",
        "requirements.max_disabled_s": "60",
        "requirements.peak_rps": "3000",
        "requirements.p99_ms": "50",
    }


def test_nothing_is_asked_by_nothing() -> None:
    assert dict(Context().said()) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[thread]", "unknown key 'thread'; did you mean 'threats'?"),
        ("[requirements]\nmax_revocation_ms = 5000", "did you mean 'max_revocation_s'?"),
        ("[requirements]\nmax_revocation_s = '5 min'", "a number of seconds is wanted, not '5 min'"),
        ("[requirements]\npeak_rps = '3000/s'", "a number of requests per second is wanted, not '3000/s'"),
        ("[requirements]\np99_ms = true", "a number of milliseconds is wanted, not True"),
        ("[requirements]\np99_ms = 0.05", "requirements.p99_ms: Input should be greater than or equal to 1"),
        ("[requirements]\npeak_rps = -1", "requirements.peak_rps: Input should be greater than 0"),
        ("[requirements]\nmax_disabled_s = nan", "requirements.max_disabled_s: Input should be a finite"),
        ("[threats]\nxss_likely = 'yes'", "threats.xss_likely: true or false is wanted, not 'yes'"),
        ("[threats]\nxss_likely = 1", "threats.xss_likely: true or false is wanted, not 1"),
        ("[service]\nclients = ['browsers']", "service.clients.0: Input should be 'browser', 'spa'"),
        ("[service]\nregions = 1.5", "service.regions: a whole number is wanted, not 1.5"),
        ("title = ''", "title: String should have at least 1 character"),
        ("title = '***'", "title: String should match pattern"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "context.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(Failure) as caught:
        read_model(file, Context)
    assert told in str(caught.value)
    assert str(caught.value).startswith("context.toml: ")
