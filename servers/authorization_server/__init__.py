"""The OAuth 2 authorization server of the token schemes, for any OAuth client.

Off unless `oauth` is set, and never on during a measurement. Authorization code with PKCE, refresh and client
credentials; no password grant and no implicit flow (RFC 9700 sections 2.1.2 and 2.4).
"""
