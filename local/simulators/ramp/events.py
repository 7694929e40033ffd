"""Names of Ramp's webhook events (ramp contract, section 7.3)."""

EVENTS_2025 = frozenset(
    {
        *("bills.approved", "bills.created", "bills.paid", "bills.ready_to_sync"),
        *("bills.rejected", "entities.created", "purchase_orders.created"),
        *("purchase_orders.updated", "reimbursements.ready_to_sync", "tests.test_event"),
        *("transactions.authorized", "transactions.cleared", "transactions.declined"),
        *("transactions.ready_to_sync",),
    }
)
EVENTS_2026 = frozenset(
    {
        *("applications.status_updated", "bills.approved", "bills.archived", "bills.created"),
        *("bills.paid", "bills.ready_to_sync", "bills.rejected", "bills.updated"),
        *("entities.created", "item_receipts.created", "payments.updated"),
        *("purchase_orders.archived", "purchase_orders.created", "purchase_orders.updated"),
        *("reimbursements.batch_payment_reimbursed", "reimbursements.ready_for_review"),
        *("reimbursements.ready_to_sync", "reimbursements.sync_requested"),
        *("spend_requests.comment_created", "spend_requests.created", "tests.test_event"),
        *("transactions.all_requirements_met_and_approved_changed", "transactions.authorized"),
        *("transactions.body_coding_updated", "transactions.cleared", "transactions.declined"),
        *("transactions.ready_for_review", "transactions.ready_to_sync"),
        *("transactions.receipt_added", "transactions.sync_requested", "transactions.synced"),
        *("unified_requests.created", "unified_requests.external_approval_request"),
        *("unified_requests.external_approval_request_reset", "unified_requests.modified"),
        *("unified_requests.node_advanced", "unified_requests.override_approved"),
        *("unified_requests.updated", "users.invite_accepted", "vendor_agreements.archived"),
        *("vendor_agreements.created", "vendor_agreements.deleted"),
        *("vendor_agreements.document_added", "vendor_agreements.renewal_milestone"),
        *("vendor_agreements.updated", "vendors.activated", "vendors.approved"),
        *("vendors.updated", "webhooks.verification"),
    }
)
