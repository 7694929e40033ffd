"""POST /webhooks/stripe/{endpoint_key}: stores what Stripe sends, once, and answers."""

from rowcol.wiring_intake import WebhookHandler

handler = WebhookHandler("stripe")
