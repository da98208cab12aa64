"""What the schemes of libraries have in common: a library, which may not be installed."""

from typing import Any, ClassVar

from servers.contract.scheme import Scheme
from servers.libraries.parts.installed import installed, version_of


class LibraryScheme(Scheme):
    """A scheme whose credentials a library makes and checks. Its card can be read without the library."""

    distribution: ClassVar[str]
    """What is installed, by the name under which it is published."""

    @property
    def library(self) -> str:
        """Name and version: they begin the summary of the card, which a run records."""
        return f"{self.distribution} {version_of(self.distribution) or '(not installed)'}"

    def part(self, module: str) -> Any:
        """A module of the library. Failure in one line where the library is not installed."""
        return installed(self.distribution, module)
