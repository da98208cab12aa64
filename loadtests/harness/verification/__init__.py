"""Before anything is measured: does every scheme do what its card says?"""

from loadtests.harness.verification.expiry import ExpiringCredential
from loadtests.harness.verification.life import verify_arm
from loadtests.harness.verification.subject import CountStore

__all__ = ["CountStore", "ExpiringCredential", "verify_arm"]
