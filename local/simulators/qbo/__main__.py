"""`python -m local.simulators.qbo --data DIR --port N`."""

from local.simulators.qbo.core import QboCore
from local.simulators.server import serve

if __name__ == "__main__":
    serve("qbo", QboCore)
