"""Servers that are broken on purpose, each in one way: the controls of `authbench attack`.

They are never discovered and never listed. They listen on loopback only, and start only where the environment
says that they are attacked.
"""
