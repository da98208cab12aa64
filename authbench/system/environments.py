"""Environments that differ from the running one in the packages that are named: made once and kept.

A copy of the running environment is made of hard links, which takes a second or two and next to no space.
Then pip, with the user's own settings, takes away and installs what was named. Every other package keeps its
version: pip is given all of them as constraints, and afterwards every version is compared.

They are kept under `environments/` of the running environment, and go away with it (`make clean`).
"""

import contextlib
import difflib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from authbench.contracts.environments.pinned import canonical, pinned, plain_name, require_consistent
from authbench.contracts.failure import Failure

_FOLDER = "environments"
_COMPLETE = "authbench-complete.json"
"""Written last: an environment without this file is half made, and used by nobody."""
_KEY_HEX = 16
_CANNOT_LINK = {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.EOPNOTSUPP}
"""Errors of os.link where another file system, or a limit of this one, is in the way: then it is copied."""


@dataclass(frozen=True)
class Environment:
    """An environment that is complete."""

    python: Path
    """Its interpreter. Modules are run with it (`-m`): scripts of other packages are not installed."""
    differs: Mapping[str, str | None]
    """Canonical name -> version of each package that is named or came along as a dependency; None: it was
    taken away. All others have the version of the running environment."""


def environment_with(
    packages: Sequence[str] = (),
    extra: Sequence[str] = (),
    without: Sequence[str] = (),
    *,
    say: Callable[[str], None] = lambda _: None,
    folder: Path | None = None,
) -> Environment:
    """An environment like the running one, but for what is named; it is made where there is none yet.

    packages: `name==version` of packages that are installed here, in another version (or the same one).
    extra: `name==version` of packages that are not installed here; what they depend on comes along.
    without: names of packages that are installed here, and shall not be there.
    say: is told, in one line, that an environment is being made (some seconds), or waited for.
    folder: where they are kept, instead of in the running environment.

    Of two processes that want the same one at once, the second waits for the first. Failure in one line for a
    bad requirement, a package of `packages` or `without` that is not installed here, a version that no index
    has, no index that answers, and versions that do not go together.
    """
    here = _versions(_site_packages())
    wanted = _Wanted.checked(packages, extra, without, here)
    root = folder if folder is not None else _own_folder()
    home = root / wanted.key(here)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(home.with_suffix(".lock"), lambda: say(f"waiting for the environment {wanted}")):
            if (made := _complete(home)) is None:
                say(f"making an environment, once: {wanted}")
                made = _make_whole(home, wanted, here)
    except OSError as error:
        raise Failure(f"{home}: an environment cannot be made there: {error.strerror or error}") from None
    return Environment(home / "bin" / "python", _differences(made, here, wanted))


@dataclass(frozen=True)
class _Wanted:
    """What was asked for, checked: canonical names, sorted."""

    packages: tuple[tuple[str, str], ...]
    extra: tuple[tuple[str, str], ...]
    without: tuple[str, ...]
    requirements: tuple[str, ...]
    """As they were written, for pip: extras may stand behind a name."""

    @classmethod
    def checked(
        cls, packages: Sequence[str], extra: Sequence[str], without: Sequence[str], here: Mapping[str, str]
    ) -> "_Wanted":
        """Failure in one line for what no environment can have."""
        try:
            require_consistent(tuple(packages), tuple(extra), tuple(without))
        except ValueError as error:
            raise Failure(str(error)) from None
        found = cls(
            tuple(sorted(pinned(each) for each in packages)),
            tuple(sorted(pinned(each) for each in extra)),
            tuple(sorted(plain_name(each) for each in without)),
            tuple(sorted((*packages, *extra))),
        )
        for name in (*(name for name, _ in found.packages), *found.without):
            if name not in here:
                near = difflib.get_close_matches(name, here, n=1)
                what = f"did you mean {near[0]!r}?" if near else "what is not installed here is an extra one"
                raise Failure(f"{name!r} is no package that authbench runs with: {what}")
        for name, _ in found.extra:
            if name in here:
                raise Failure(
                    f"{name!r} is among the packages that authbench runs with ({here[name]}): name another "
                    "version of it in packages, not as an extra one"
                )
        return found

    @property
    def named(self) -> dict[str, str]:
        """Canonical name -> version."""
        return dict((*self.packages, *self.extra))

    def key(self, here: Mapping[str, str]) -> str:
        """The name of the folder: another one for another interpreter, place, or version of any package."""
        facts = [sys.version, sys.prefix, here, self.packages, self.extra, self.without, self.requirements]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:_KEY_HEX]

    def __str__(self) -> str:
        return ", ".join((*self.requirements, *(f"without {name}" for name in self.without)))


def _own_folder() -> Path:
    if sys.prefix == sys.base_prefix:
        raise Failure("an arm with packages of its own needs authbench in a virtual environment: make setup")
    return Path(sys.prefix) / _FOLDER


def _site_packages(prefix: Path | None = None) -> list[Path]:
    """Where packages are installed, below `prefix` or in the running environment; one place or two."""
    found = [Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")]
    if prefix is not None:
        found = [prefix / each.relative_to(sys.prefix) for each in found]
    return list({each.resolve(): each for each in found}.values())


def _versions(site_packages: Sequence[Path]) -> dict[str, str]:
    """Canonical name -> version of every package that is installed there."""
    found = distributions(path=[str(each) for each in site_packages])
    return {canonical(each.name): each.version for each in found}


@contextlib.contextmanager
def _one_at_a_time(path: Path, say_waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock. The kernel frees it when a process ends, however it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say_waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _complete(home: Path) -> dict[str, str] | None:
    """The versions in an environment; None where it is half made, or changed since it was made."""
    try:
        recorded = json.loads((home / _COMPLETE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    found = _versions(_site_packages(home))
    return found if found == recorded else None


def _make_whole(home: Path, wanted: _Wanted, here: Mapping[str, str]) -> dict[str, str]:
    """Make it in place of what was there before; nothing of it stays where that fails."""
    shutil.rmtree(home, ignore_errors=True)
    try:
        return _make(home, wanted, here)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise


def _make(home: Path, wanted: _Wanted, here: Mapping[str, str]) -> dict[str, str]:
    """Make it, check it, mark it as complete; the versions in it."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(home)
    for source, target in zip(_site_packages(), _site_packages(home), strict=True):
        shutil.copytree(source, target, symlinks=True, copy_function=_link, dirs_exist_ok=True)
    python = home / "bin" / "python"
    if wanted.without:
        _pip(python, "uninstall", "--yes", *wanted.without)
    if wanted.requirements:
        free = {*wanted.named, *wanted.without}
        with tempfile.NamedTemporaryFile("w", suffix=".txt", dir=home) as constraints:
            constraints.writelines(f"{name}=={have}\n" for name, have in here.items() if name not in free)
            constraints.flush()
            _pip(python, "install", "--constraint", constraints.name, *wanted.requirements)
    found = _versions(_site_packages(home))
    _check(found, wanted, here)
    unfinished = home / f"{_COMPLETE}.part"
    unfinished.write_text(json.dumps(found, indent=1, sort_keys=True), "utf-8")
    unfinished.replace(home / _COMPLETE)
    return found


def _link(source: str, target: str) -> None:
    """Give a file a second name. Python and pip write into no file: they put another one in its place."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        # Bytecode that another process was just writing, under a name of its own.
        return
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        shutil.copy2(source, target)


def _pip(python: Path, *arguments: str) -> None:
    """Run pip with the user's own settings (its configuration files, PIP_...). Failure with its reason."""
    command = [str(python), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise Failure(_reason(f"{done.stdout}\n{done.stderr}", arguments))


def _reason(told: str, arguments: Sequence[str]) -> str:
    """What pip said, as one line with what to do."""
    asked = " ".join(each for each in arguments if "==" in each) or " ".join(arguments)
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    if any("No module named pip" in line for line in lines):
        return "pip is not installed beside authbench, and it installs what an arm has of its own: make setup"
    if any("conflicting dependencies" in line for line in errors):
        needs = [line for line in lines if " depends on " in line]
        why = "; ".join(needs)
        return f"{asked}: does not go with the other packages here: {why}: name those as well"
    missing = next((line for line in errors if line.startswith("Could not find a version")), None)
    if missing is not None and "(from versions: none)" in missing:
        unreached = any("connection" in line.lower() or "retrying" in line.lower() for line in lines)
        why = "no package index can be reached" if unreached else "no package index has any version of it"
        return f"{asked}: {why} (pip's own settings say which is asked: pip config list)"
    if missing is not None:
        known = missing.partition("(from versions: ")[2].removesuffix(")").split(", ")
        return f"{asked}: there is no such version; the newest are {', '.join(known[-5:])}"
    said = errors[:1] or lines[-1:] or ["it said nothing"]
    return f"{asked}: pip failed: {said[0]}"


def _check(found: Mapping[str, str], wanted: _Wanted, here: Mapping[str, str]) -> None:
    """Failure unless what is named is there, what is not wanted is gone, and all others are as they were."""
    for name, version in wanted.named.items():
        if found.get(name) != version:
            raise Failure(f"{name}=={version} was installed as {found.get(name)}: write that version")
    for name in wanted.without:
        if name in found:
            raise Failure(f"without {name}: a package that is named needs it, so it is there again")
    for name, version in here.items():
        if name not in wanted.named and name not in wanted.without and found.get(name) != version:
            raise Failure(f"{wanted}: {name} {version} became {found.get(name)}: name it as well")


def _differences(found: Mapping[str, str], here: Mapping[str, str], wanted: _Wanted) -> dict[str, str | None]:
    came_along = {name for name in found if name not in here}
    names = sorted({*wanted.named, *wanted.without, *came_along})
    return {name: found.get(name) for name in names}
