"""What runs only on a person's machine: local stack, rail simulators, demo data, the command.

The product's package lies in the layer's folder, as SAM wants it; it is found there without being
installed.
"""

import sys
from pathlib import Path

_LAYER = str(Path(__file__).resolve().parents[1] / "layers" / "common")
if _LAYER not in sys.path:
    sys.path.insert(0, _LAYER)
