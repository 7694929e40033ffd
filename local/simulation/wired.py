"""The rails of a simulated process as the deployed ones have them: rationed and remembered."""

from __future__ import annotations

from local.memory_cells import MemoryCells
from rowcol.service.ports import Surroundings
from rowcol.service.rail_budget_ports import RailBudgets
from rowcol.wiring_budgets import BudgetsOfRails
from rowcol.wiring_rails import RailsOfClients

URLS = {
    "RAMP_BASE_URL": "https://api.ramp.com",
    "PLAID_BASE_URL": "https://production.plaid.com",
    "QBO_BASE_URL": "https://quickbooks.api.intuit.com",
    "QBO_TOKEN_URL": "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
}


def rationed(
    rails: RailsOfClients, cells: MemoryCells, surroundings: Surroundings
) -> tuple[RailsOfClients, RailBudgets]:
    """The rails within the limits that all processes share in `cells`, and what is left of them."""
    budgets = BudgetsOfRails(cells, surroundings, URLS)
    return rails.within(budgets), budgets.kept
