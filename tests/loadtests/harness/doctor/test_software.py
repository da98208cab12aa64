from pathlib import Path

from authbench.system.store_server import StoreServer
from loadtests.harness.doctor.software import (
    StoreTrial,
    judge_browser,
    judge_libraries,
    judge_python,
    judge_store,
    locked_versions,
)


def test_python() -> None:
    assert judge_python("3.12.1", "CPython", False).level == "good"
    debug = judge_python("3.12.1", "CPython", True)
    assert (debug.level, "V33" in debug.found) == ("unfit", True)
    assert judge_python("3.11.9", "PyPy", False).level == "warning"


def test_libraries_are_held_against_the_lock() -> None:
    locked = {"redis": "8.1.0", "pyjwt": "2.15.1"}
    assert judge_libraries({"redis": "8.1.0", "uvloop": "0.23.0"}, locked).level == "good"
    other = judge_libraries({"redis": "7.0.0"}, locked)
    assert (other.level, "redis 7.0.0 (8.1.0 is locked)" in other.found) == ("note", True)
    missing = judge_libraries({"redis": None, "pyjwt": "2.15.1"}, locked)
    assert (missing.level, missing.found) == ("unfit", "missing: redis")


def test_the_lock_file_of_this_project_is_understood() -> None:
    locked = locked_versions(Path("requirements.lock").read_text("utf-8"))
    assert locked["fastapi"].count(".") == 2
    assert locked["sqlalchemy"]
    assert not any("\\" in version or "hash" in version for version in locked.values())


def test_no_store_is_unfit_and_says_what_to_install() -> None:
    finding = judge_store(StoreTrial(None, failure="no Redis or Valkey: install one"))
    assert (finding.level, finding.advice) == ("unfit", "no Redis or Valkey: install one")


def test_a_store_is_named_with_its_allocator() -> None:
    ours = judge_store(StoreTrial("embedded", StoreServer("Valkey", "9.1.2", "libc")))
    assert (ours.level, ours.found) == (
        "good",
        "Valkey 9.1.2, allocator libc; installed with the project, started; answers PING",
    )
    assert judge_store(StoreTrial("path", StoreServer("Redis", "6.2.14", None))).level == "good"
    yours = judge_store(StoreTrial("url", StoreServer("Redis", "8.0.2", "jemalloc-5.3.0")))
    assert (yours.level, "CPU cannot be read" in yours.found) == ("note", True)


def test_a_browser_is_only_for_tests() -> None:
    assert judge_browser("/usr/bin/chromium").level == "good"
    assert judge_browser(None).level == "note"
