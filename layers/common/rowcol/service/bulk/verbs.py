"""The verbs that batches know."""

from __future__ import annotations

from rowcol.service.bulk.verb import Verbs

VERBS: Verbs = {}
