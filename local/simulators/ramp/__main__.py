"""`python -m local.simulators.ramp --data DIR --port N`."""

from local.simulators.ramp.core import RampCore
from local.simulators.server import serve

if __name__ == "__main__":
    serve("ramp", RampCore)
