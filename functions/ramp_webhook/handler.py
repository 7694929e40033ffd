"""POST /webhooks/ramp/{endpoint_key}: stores what Ramp sends, once, and answers."""

from rowcol.wiring_intake import WebhookHandler

handler = WebhookHandler("ramp")
