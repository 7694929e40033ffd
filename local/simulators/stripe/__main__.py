"""`python -m local.simulators.stripe --data DIR --port N`."""

from local.simulators.server import serve
from local.simulators.stripe.core import StripeCore

if __name__ == "__main__":
    serve("stripe", StripeCore)
