"""POST /webhooks/qbo/{endpoint_key}: stores what QuickBooks Online sends, once, and answers."""

from rowcol.wiring_intake import WebhookHandler

handler = WebhookHandler("qbo")
