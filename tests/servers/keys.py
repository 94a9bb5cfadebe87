"""The keys of every test server. They are as long as Amazon's, and have what is escaped in addresses."""

from typing import Final

ACCESS_KEY: Final = "tfmtestkey"
SECRET_KEY: Final = "tfm/Planted+Secret/Key+0123456789abcdefg"
"""Looked for in everything that the suite makes: tests/house/planted.py."""
SESSION_TOKEN: Final = "tfmPlantedSessionToken//"
"""Goes along with the keys, as that of a login which ends; the servers do not mind."""
