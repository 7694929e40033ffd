"""Everything that the function digest serves over HTTP."""

from __future__ import annotations

from rowcol.edge import digest, digest_settings
from rowcol.edge.operation import Operations, table

OPERATIONS: Operations = table(
    operation for part in (digest.READS, digest_settings.OPERATIONS) for operation in part.values()
)
