"""What stands where on a bench: networks, names, ports. Nothing here starts anything."""

from dataclasses import dataclass

API, WEBAPP = "api", "webapp"
HOST_ALIAS = "finchat-host"
ADMIN_PORT = 9000
TLS_PORT = 443
PROXY_API_PORT = 8474


@dataclass(frozen=True)
class Upstream:
    """A name that services ask, and the stand-in that answers for it behind the proxy.

    The services reach it on a network of its own, so that each name has an address of its own with port 443; checks
    reach the same stand-in at `here_port` of the proxy, through a second listener that gets the same toxics.
    """

    name: str
    host_name: str
    stand_in: str
    here_port: int


UPSTREAMS = (
    Upstream("edgar-data", "data.sec.gov", "edgar", 4431),
    Upstream("edgar-www", "www.sec.gov", "edgar", 4432),
    Upstream("openai", "api.openai.com", "openai", 4433),
)
STAND_INS = ("edgar", "openai")
FRONT = (API, WEBAPP)
FRONT_PORTS = {API: 8000, WEBAPP: 5000}
"""Where the proxy listens for users, in front of the service of that name."""
