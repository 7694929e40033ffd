"""Shapes of Stripe's objects, field by field as an event carries them (stripe contract, 3)."""

from __future__ import annotations

from local.simulators.messages import Json

APPROVED = "Payment complete."
DECLINED = "The bank returned the decline code `{code}`."


def charge_object(row: Json) -> Json:
    """A new charge. `row`: what the ledger knows of it."""
    failed = row["status"] == "failed"
    captured = row["status"] != "failed"
    return {
        "id": row["id"],
        "object": "charge",
        "amount": row["amount"],
        "amount_captured": row["amount"] if captured else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": row["balance_transaction"],
        "billing_details": {
            "address": {
                "city": None,
                "country": "US",
                "line1": None,
                "line2": None,
                "postal_code": None,
                "state": None,
            },
            "email": row["email"],
            "name": row["name"],
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": row["descriptor"],
        "captured": captured,
        "created": row["created"],
        "currency": row["currency"],
        "customer": row["customer"],
        "description": row["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": row["failure_code"],
        "failure_message": DECLINED.format(code=row["failure_code"]) if failed else None,
        "fraud_details": {},
        "livemode": row["livemode"],
        "metadata": row["metadata"],
        "on_behalf_of": None,
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": row["failure_code"],
            "network_status": "declined_by_network" if failed else "approved_by_network",
            "reason": row["failure_code"],
            "seller_message": DECLINED.format(code=row["failure_code"]) if failed else APPROVED,
            "type": "issuer_declined" if failed else "authorized",
        },
        "paid": row["status"] == "succeeded",
        "payment_intent": row["payment_intent"],
        "payment_method": row["payment_method"],
        "payment_method_details": payment_method(row["method"]),
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": row["status"],
        "transfer_data": None,
        "transfer_group": None,
    }


def payment_method(method: str) -> Json:
    """How it was paid."""
    if method == "us_bank_account":
        bank = {"account_holder_type": "company", "account_type": "checking", "bank_name": "BANK"}
        return {"type": method, method: {**bank, "last4": "6789", "routing_number": "110000000"}}
    card = {"brand": "visa", "country": "US", "exp_month": 8, "exp_year": 2030}
    return {
        "type": "card",
        "card": {**card, "funding": "credit", "last4": "4242", "network": "visa"},
    }


def transaction_object(row: Json) -> Json:
    """A movement of the balance. `row["amount"]` and `row["fee"]` in minor units."""
    detail = {"amount": row["fee"], "application": None, "currency": row["currency"]}
    text = row.get("fee_text", "Stripe processing fees")
    return {
        "id": row["id"],
        "object": "balance_transaction",
        "amount": row["amount"],
        "available_on": row["available_on"],
        "created": row["created"],
        "currency": row["currency"],
        "description": row["description"],
        "exchange_rate": None,
        "fee": row["fee"],
        "fee_details": [{**detail, "description": text, "type": "stripe_fee"}]
        if row["fee"]
        else [],
        "net": row["amount"] - row["fee"],
        "reporting_category": row["category"],
        "source": row["source"],
        "status": "pending",
        "type": row["type"],
    }


def refund_object(row: Json) -> Json:
    """Money on its way back to a customer."""
    card = row["method"] == "card"
    details: Json = {"type": "card" if card else row["method"]}
    details[details["type"]] = (
        {
            "type": "refund",
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
        }
        if card
        else {}
    )
    return {
        "id": row["id"],
        "object": "refund",
        "amount": row["amount"],
        "balance_transaction": row["balance_transaction"],
        "charge": row["charge"],
        "created": row["created"],
        "currency": row["currency"],
        "customer": row["customer"],
        "destination_details": details,
        "metadata": {},
        "payment_intent": row["payment_intent"],
        "reason": row["reason"],
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def dispute_object(row: Json) -> Json:
    """A customer's bank took money back."""
    return {
        "id": row["id"],
        "object": "dispute",
        "amount": row["amount"],
        "balance_transactions": row["balance_transactions"],
        "charge": row["charge"],
        "created": row["created"],
        "currency": row["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": row["due_by"],
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": row["livemode"],
        "metadata": {},
        "payment_intent": row["payment_intent"],
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
            "type": "card",
        },
        "reason": row["reason"],
        "status": row["status"],
    }


def payout_object(row: Json) -> Json:
    """Money on its way to the bank."""
    return {
        "id": row["id"],
        "object": "payout",
        "amount": row["amount"],
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": row["arrival_date"],
        "automatic": row["automatic"],
        "balance_transaction": row["balance_transaction"],
        "created": row["created"],
        "currency": row["currency"],
        "description": "STRIPE PAYOUT",
        "destination": row["destination"],
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": row["livemode"],
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if row["automatic"] else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": row["descriptor"],
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }


def invoice_object(row: Json) -> Json:
    """An invoice; payments are a sub-resource, so neither charge nor payment intent is here."""
    line: Json = {
        "id": row["line_id"],
        "object": "line_item",
        "amount": row["amount"],
        "currency": row["currency"],
        "description": row["line_text"],
        "invoice": row["id"],
        "livemode": row["livemode"],
        "metadata": {},
        "period": {"start": row["created"], "end": row["created"]},
        "quantity": 1,
    }
    url = f"/v1/invoices/{row['id']}/lines"
    return {
        "id": row["id"],
        "object": "invoice",
        "account_country": "US",
        "account_name": row["account_name"],
        "amount_due": row["amount"],
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": row["amount"],
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "billing_reason": "manual",
        "collection_method": "send_invoice",
        "created": row["created"],
        "currency": row["currency"],
        "customer": row["customer"],
        "customer_email": row["email"],
        "customer_name": row["name"],
        "description": None,
        "due_date": row["due_date"],
        "effective_at": row["created"],
        "lines": {"object": "list", "data": [line], "has_more": False, "url": url},
        "livemode": row["livemode"],
        "metadata": row["metadata"],
        "number": row["number"],
        "status": "open",
        "status_transitions": {
            "finalized_at": row["created"],
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": row["amount"],
        "total": row["amount"],
        "total_excluding_tax": row["amount"],
    }
