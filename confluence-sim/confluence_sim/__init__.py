"""A Confluence that runs on a laptop."""

from __future__ import annotations

from confluence_sim.clock import Clock
from confluence_sim.datacenter import DataCenterSite, serve_datacenter
from confluence_sim.faults import Fault
from confluence_sim.model import Content, Space, User, WorldError
from confluence_sim.server import serve
from confluence_sim.site import Site
from confluence_sim.switches import Switches
from confluence_sim.world import World

__all__ = [
    "Clock",
    "Content",
    "DataCenterSite",
    "Fault",
    "Site",
    "Space",
    "Switches",
    "User",
    "World",
    "WorldError",
    "serve",
    "serve_datacenter",
]
