"""What a card promises of each revocation: the window beside which the measured one is put."""

from authbench.contracts.card import Card, Operation
from authbench.contracts.security.timeline import Revocation


def declared_windows(card: Card, key_rotation_s: float | None) -> dict[Revocation, float]:
    """Revocation -> longest seconds until it is in force everywhere; only what the scheme has.

    `key_rotation_s` is the server's, since a card says nothing of keys; None: the scheme signs nothing that
    a client presents.
    """
    windows = {
        Revocation.LOGOUT: card.revocation_window_s,
        Revocation.LOGOUT_EVERYWHERE: card.revocation_window_s,
        Revocation.PASSWORD_CHANGE: card.revocation_window_s,
        Revocation.ROLE_DOWNGRADE: card.role_change_window_s,
        Revocation.ACCOUNT_DISABLED: card.disabled_window_s,
    }
    if Operation.LOGOUT_EVERYWHERE not in card.store_commands:
        del windows[Revocation.LOGOUT_EVERYWHERE]
    if key_rotation_s is not None:
        windows[Revocation.KEY_ROTATION] = key_rotation_s
    return windows
