"""The origins of a browser attack: two registrable domains, and a sibling of the victim. All are on loopback.

`.test` belongs to nobody (RFC 6761 section 6.2), and the Public Suffix List has no rule for it, so the last
two labels are a site. Chromium's Local Network Access checks do not interfere: all are equally local.
"""

VICTIM = "https://victim.test"
"""Where the application under attack lives."""
SIBLING = "https://app2.victim.test"
"""Another application of the same site, which somebody else controls: the same site, another origin."""
ELSEWHERE = "https://evil.test"
"""Another site."""
VICTIM_PLAIN = "http://victim.test"
"""The victim's name without TLS: where somebody on the network listens."""
SIBLING_PLAIN = "http://app2.victim.test"
NAMES = ("victim.test", "app2.victim.test", "evil.test")


def host(origin: str) -> str:
    """The host of an origin with a default port."""
    return origin.partition("://")[2]


def resolver_rules(tls_port: int, plain_port: int) -> str:
    """The value of Chromium's --host-resolver-rules: the default ports of every name lead to these two."""
    return f"MAP *.test:443 127.0.0.1:{tls_port}, MAP *.test:80 127.0.0.1:{plain_port}"
