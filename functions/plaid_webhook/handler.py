"""POST /webhooks/plaid/{endpoint_key}: stores what Plaid sends, once, and answers."""

from rowcol.wiring_intake import WebhookHandler

handler = WebhookHandler("plaid")
