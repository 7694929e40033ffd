"""Data that exists before a test: apps, companies, accounts, bills. The format is in README.md."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.messages import ControlError, Json
from local.simulators.qbo.books import USD
from local.simulators.qbo.receivables import sales_line

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore

_ACCOUNTS = (
    ("33", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable", "Liability"),
    ("35", "Operating Checking", "Bank", "Checking", "Asset"),
    ("41", "Ramp Card", "Credit Card", "CreditCard", "Liability"),
    ("63", "Supplies", "Expense", "SuppliesMaterials", "Expense"),
)


class QboSeed:
    """Writes rows without telling the webhooks."""

    def __init__(self, core: QboCore) -> None:
        self._core = core

    def load(self, data: Json) -> Json:
        """Load `{"apps": [...], "companies": [...]}`; gives realms, ids and tokens."""
        if unknown := set(data) - {"apps", "companies"}:
            raise ControlError(f"unknown keys {sorted(unknown)}")
        for app in data.get("apps", []):
            row = {
                "secret": app["client_secret"],
                "redirect_uris": app.get("redirect_uris", []),
                "webhook_url": app.get("webhook_url"),
                "verifier_token": app.get("verifier_token", ""),
                "envelope": app.get("envelope"),
            }
            self._core.document.put("apps", app["client_id"], row)
        self._core.quiet = True
        try:
            return {"companies": [self._company(row) for row in data.get("companies", [])]}
        finally:
            self._core.quiet = False

    def _company(self, given: Json) -> Json:
        core = self._core
        realm = str(given.get("realm_id") or core.rng.randrange(10**15, 10**16))
        if realm not in core.document.rows("companies"):
            self._new_company(realm, given)
        for account in given.get("accounts", []):
            kind = account.get("type", "Bank")
            parts = (account["id"], account["name"], kind, account.get("subtype", "Checking"))
            self._account(realm, parts, "Asset", account.get("balance", "0"))
        vendors = [self._vendor(realm, row) for row in given.get("vendors", [])]
        bills = [self._bill(realm, row) for row in given.get("bills", [])]
        result: Json = {"realm_id": realm, "vendors": vendors, "bills": bills}
        result["customers"] = [self._customer(realm, row) for row in given.get("customers", [])]
        result["invoices"] = [self._invoice(realm, row) for row in given.get("invoices", [])]
        if given.get("connect_to"):
            result["tokens"] = core.oauth.connect(given["connect_to"], realm)
        return result

    def _new_company(self, realm: str, given: Json) -> None:
        core = self._core
        core.document.put("companies", realm, {"ended": False})
        name = given.get("name", "Client LLC")
        info: Json = {
            "CompanyName": name,
            "LegalName": name,
            "CompanyAddr": {
                "Id": "1",
                "Line1": "12 Dock St",
                "City": "Seattle",
                "Country": "USA",  # ISO-3 since 2025
                "CountrySubDivisionCode": "WA",
                "PostalCode": "98101",
            },
            "CompanyStartDate": "2025-01-03",
            "FiscalYearStartMonth": "January",
            "Country": "US",
            "Email": {"Address": "books@client.example"},
            "WebAddr": {},
            "SupportedLanguages": "en",
            "NameValue": [
                {"Name": "SubscriptionStatus", "Value": "PAID"},
                {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            ],
        }
        core.books.insert(realm, "CompanyInfo", info, "1")
        closed = given.get("book_close_date")
        preferences: Json = {
            "AccountingInfoPrefs": {"BookCloseDate": closed} if closed else {},
            "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
        }
        core.books.insert(realm, "Preferences", preferences, "1")
        for key, label, kind, subtype, classification in _ACCOUNTS:
            self._account(realm, (key, label, kind, subtype), classification, "0")

    def _account(
        self, realm: str, parts: tuple[str, str, str, str], classification: str, balance: str
    ) -> None:
        key, name, kind, subtype = parts
        fields: Json = {
            "Name": name,
            "SubAccount": False,
            "FullyQualifiedName": name,
            "Active": True,
            "Classification": classification,
            "AccountType": kind,
            "AccountSubType": subtype,
            "CurrentBalance": Decimal(balance),
            "CurrentBalanceWithSubAccounts": Decimal(balance),
            "CurrencyRef": USD,
        }
        self._core.books.insert(realm, "Account", fields, key)

    def _vendor(self, realm: str, given: Json) -> str:
        fields: Json = {
            "DisplayName": given["name"],
            "CompanyName": given["name"],
            "PrintOnCheckName": given["name"],
            "Vendor1099": False,
            "V4IDPseudonym": f"{self._core.rng.getrandbits(152):038x}",
            **given.get("fields", {}),
            "Active": True,
            "Balance": Decimal(0),
            "CurrencyRef": USD,
        }
        row = self._core.books.insert(realm, "Vendor", fields, given.get("id"))
        return str(row["Id"])

    def _customer(self, realm: str, given: Json) -> str:
        fields: Json = {"DisplayName": given["name"], "Active": True, "CurrencyRef": USD}
        row = self._core.books.insert(realm, "Customer", fields, given.get("id"))
        return str(row["Id"])

    def _invoice(self, realm: str, given: Json) -> str:
        body: Json = {
            "CustomerRef": {"value": given["customer_id"]},
            "DocNumber": given.get("doc_number"),
            "TxnDate": given.get("txn_date"),
            "DueDate": given.get("due_date"),
            "Line": [sales_line(str(given["amount"]))],
        }
        row = self._core.writes.run(realm, "Invoice", "create", body)["Invoice"]
        return self._renamed(realm, "Invoice", row, given.get("id"))

    def _renamed(self, realm: str, entity: str, row: Json, key: str | None) -> str:
        """The row under the id that was given."""
        if key and key != row["Id"]:
            self._core.document.delete(f"{realm}/{entity}", row["Id"])
            row["Id"] = str(key)
            self._core.document.put(f"{realm}/{entity}", row["Id"], row)
        return str(row["Id"])

    def _bill(self, realm: str, given: Json) -> str:
        body: Json = {
            "VendorRef": {"value": given["vendor_id"]},
            "APAccountRef": {"value": "33"},
            "DocNumber": given.get("doc_number"),
            "TxnDate": given.get("txn_date"),
            "DueDate": given.get("due_date"),
            "PrivateNote": given.get("note"),
            "Line": [
                {
                    "Amount": Decimal(str(given["amount"])),
                    "DetailType": "AccountBasedExpenseLineDetail",
                    "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "63"}},
                }
            ],
        }
        row = self._core.writes.run(realm, "Bill", "create", body)["Bill"]
        key = self._renamed(realm, "Bill", row, given.get("id"))
        if given.get("ramp_bill_id"):
            self._core.document.put("ramp_bills", given["ramp_bill_id"], key)
        return key
