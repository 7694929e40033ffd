"""`python -m local.simulators.plaid --data DIR --port N`."""

from local.simulators.plaid.core import PlaidCore
from local.simulators.server import serve

if __name__ == "__main__":
    serve("plaid", PlaidCore)
