"""The OAuth 2 face of the token schemes: what a client that knows nothing of us speaks to.

Off unless `oauth` is set, and never on while anything is measured. Authorization code with PKCE, refresh and
client credentials; no password grant and no implicit flow (RFC 9700 sections 2.1.2 and 2.4).
"""
