"""What can go wrong between a client and a Confluence, each a named switch with a seed (FACTS 10)."""

from __future__ import annotations

from confluence_sim.faults.fault import Fault
from confluence_sim.faults.kinds import KINDS
from confluence_sim.faults.parse import parse_fault
from confluence_sim.faults.site_faults import Faults

__all__ = ["KINDS", "Fault", "Faults", "parse_fault"]
