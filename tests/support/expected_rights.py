"""Who may call which operation, written down by hand: what the code says is compared with it.

A new operation is added here by whoever adds it, from what the operation is for. Nothing is
imported from the code's own tables of roles and permissions.
"""

from __future__ import annotations

ADMIN = ("firm_admin",)
OWNER = ("client_owner", *ADMIN)
RELEASE = ("releaser", *OWNER)
APPROVE = ("approver", *RELEASE)
PREPARE = ("preparer", *APPROVE)
ALL = ("viewer", *PREPARE)

EXPECTED: dict[str, tuple[str, ...]] = {
    # open work and money
    "firmConsole": ALL,
    "clientConsole": ALL,
    "listBills": ALL,
    "readBill": ALL,
    "listReadyBills": ALL,
    "readBillAllocations": ALL,
    "listInvoices": ALL,
    "readInvoice": ALL,
    "readInvoiceAllocations": ALL,
    "readInvoiceDecision": ALL,
    "readReceivables": ALL,
    "listOpenInvoices": ALL,
    "listPayouts": ALL,
    "readPayout": ALL,
    "listCharges": ALL,
    # a reminder and whom money came from: notes of people, nothing moves
    "decideInvoice": PREPARE,
    "sayChargeInvoice": PREPARE,
    "readBalances": ALL,
    "listReserves": ALL,
    "readRunway": ALL,
    "runwayScenario": ALL,
    "proposePlan": ALL,
    "listTray": ALL,
    "firmTray": ALL,
    "readItem": ALL,
    "readFirmItem": ALL,
    "actOnItem": PREPARE,  # and more by verb and kind, which the use case asks
    "actOnFirmItem": PREPARE,
    "actOnManyItems": PREPARE,
    "listTrayRules": ALL,
    "approveTrayRule": OWNER,
    "rejectTrayRule": OWNER,
    "removeTrayRule": OWNER,
    "replayEvents": RELEASE,
    "replayFirmEvents": RELEASE,
    "refreshBalance": PREPARE,
    "listManualBalances": ALL,
    "enterManualBalance": APPROVE,
    "approveManualBalance": RELEASE,
    "rejectManualBalance": APPROVE,
    # decisions
    "stageBill": PREPARE,
    "unstageBill": PREPARE,
    "readDecision": ALL,
    "decide": APPROVE,
    "changeDecision": APPROVE,
    "acceptPlan": APPROVE,
    "withdrawDecision": APPROVE,
    "approveDecision": APPROVE,
    "refuseDecision": APPROVE,
    "askOverride": APPROVE,
    "withdrawOverride": APPROVE,
    "approveOverride": RELEASE,
    # bills at Ramp
    "readBillOrder": ALL,
    "choosePaymentMethod": APPROVE,
    "holdBill": RELEASE,
    "liftBill": RELEASE,
    "askArchive": RELEASE,
    "approveArchive": RELEASE,
    "withdrawArchive": RELEASE,
    # decisions of many clients: for at least one of them
    "precheckDecisions": APPROVE,
    "finalizeDecisions": APPROVE,
    "approveDecisions": APPROVE,
    "readDecisionBatch": ALL,
    "cancelDecisionBatch": APPROVE,  # besides, who asked for it
    "resumeDecisionBatch": APPROVE,
    # payments
    "listPayments": ALL,
    "readPayment": ALL,
    "readCustody": ALL,
    "listVerdicts": ALL,
    "paymentStatistics": ALL,
    "paymentTypes": ALL,
    "paymentStatuses": ALL,
    "routePayment": ALL,
    "cancelPayment": APPROVE,
    "liftPayment": APPROVE,
    "reschedulePayment": APPROVE,
    "holdPayment": RELEASE,
    "rejectPayment": RELEASE,
    "reversePayment": RELEASE,
    "reissuePayment": RELEASE,
    # records
    "recordPayment": PREPARE,
    "changeRecord": PREPARE,
    "deleteRecord": PREPARE,
    "importRecords": PREPARE,
    "importRecordsFile": PREPARE,
    "bulkDelete": PREPARE,
    "bulkValidate": PREPARE,
    "confirmPayment": APPROVE,
    "resetPayment": APPROVE,
    "bulkConfirm": APPROVE,
    "bulkPost": APPROVE,
    "bulkResetToDraft": APPROVE,
    "bulkCancel": APPROVE,
    "readBatch": ALL,
    "cancelBatch": APPROVE,  # as the verb of the batch that the furnished firm has: confirm
    # bank statements
    "previewStatement": PREPARE,
    "uploadStatement": PREPARE,
    "readUploadedStatement": PREPARE,
    "answerStatement": PREPARE,
    "applyStatement": PREPARE,
    "undoStatement": PREPARE,
    "deleteStatement": PREPARE,
    "listStatements": ALL,
    "readStatement": ALL,
    "listStatementMappings": ALL,
    "saveStatementMapping": PREPARE,
    "deleteStatementMapping": PREPARE,
    # the journal
    "listJournal": ALL,
    "exportJournal": ALL,
    "readChart": ALL,
    # recurrences
    "listRecurrences": ALL,
    "readRecurrence": ALL,
    "defineRecurrence": APPROVE,
    "approveRecurrence": APPROVE,
    "changeRecurrence": APPROVE,
    "endRecurrence": APPROVE,
    # vendors, and what is looked for in payments
    "listVendors": ALL,
    "readVendor": ALL,
    "setVendorTerms": OWNER,
    "callVendorBack": APPROVE,
    "readFraudSettings": ALL,
    "setFraudSettings": OWNER,
    "approveFraudSettings": OWNER,
    "rejectFraudSettings": OWNER,
    "reviewFraud": ALL,
    "exportFraudReview": ALL,
    "reviewFraudOfFirm": ADMIN,  # the firm's own log is in it
    "exportFraudReviewOfFirm": ADMIN,
    # what the rails can be asked for
    "readRails": ALL,
    "probeCapability": OWNER,
    "setLedgerNotes": OWNER,
    # limits
    "readFirmLimits": ALL,
    "proposeFirmLimits": ADMIN,
    "approveFirmLimits": ADMIN,
    "rejectFirmLimits": ADMIN,
    "readClientLimits": ALL,
    "proposeClientLimits": OWNER,
    "approveClientLimits": OWNER,
    "rejectClientLimits": OWNER,
    "readUserLimits": ADMIN,  # other people's; everybody may see their own
    "proposeUserLimits": ADMIN,
    "approveUserLimits": ADMIN,
    "rejectUserLimits": ADMIN,
    # keys of machines; besides, who answers for the machine may do all three
    "readMachineKeys": ADMIN,
    "registerMachineKey": ADMIN,  # up to the use case, where only who answers for it may
    "revokeMachineKey": ADMIN,
    # connections to the rails
    "listConnections": ALL,
    "listSyncs": ALL,
    "firmSyncs": ALL,
    "listReconciliations": ALL,
    "listReconciliationTurns": ALL,
    "startReconciliation": ADMIN,
    "authorizeConnection": OWNER,
    "createLinkToken": OWNER,
    "exchangePublicToken": OWNER,
    "addStripeSecret": OWNER,
    "subscribeRampWebhook": OWNER,
    "readRampWebhook": ALL,
    "testConnection": OWNER,
    "rotateConnection": OWNER,
    "disconnectConnection": OWNER,
    # cash matching
    "listBankLines": ALL,
    "readBankLine": ALL,
    "listMatches": ALL,
    "readMatch": ALL,
    "listBankAliases": ALL,
    "readCashTolerance": ALL,
    "confirmMatch": APPROVE,
    "rejectMatch": APPROVE,
    "undoMatch": APPROVE,
    "releaseBankLine": APPROVE,
    "forgetBankAlias": APPROVE,
    "runMatching": PREPARE,
    "putCashTolerance": OWNER,
    # staging rules
    "readStagingRules": ALL,
    "tryStagingRules": ALL,
    "putStagingRules": OWNER,
    "approveStagingRules": OWNER,
    "rejectStagingRules": OWNER,
    # people
    "readMe": ALL,
    # of one's own; of clients only those that one may see
    **dict.fromkeys(("readDigest", "previewDigest", "readDigestSettings"), ALL),
    **dict.fromkeys(("changeDigestSettings", "confirmDigestAddress", "sendTestDigest"), ALL),
    "listMembers": ADMIN,
    "readMember": ADMIN,
    "addMember": ADMIN,
    "changeMember": ADMIN,
    "deactivateMember": ADMIN,
    "activateMember": ADMIN,
    "listPermissionSets": ADMIN,
    "readPermissionSet": ADMIN,
    "createPermissionSet": ADMIN,
    "changePermissionSet": ADMIN,
    "removePermissionSet": ADMIN,
    # the log
    "listFirmAudit": ADMIN,
    "listAudit": ALL,
    "verifyAudit": ALL,
}
# What sets the rules is for people, whatever a machine was given.
NEVER_BY_MACHINES = frozenset(
    {
        "approveOverride",
        *("approveManualBalance", "probeCapability", "setLedgerNotes"),
        *("setVendorTerms", "setFraudSettings", "approveFraudSettings", "rejectFraudSettings"),
        *("reviewFraudOfFirm", "exportFraudReviewOfFirm"),
        *("proposeFirmLimits", "approveFirmLimits", "rejectFirmLimits"),
        *("proposeClientLimits", "approveClientLimits", "rejectClientLimits"),
        *("readUserLimits", "proposeUserLimits", "approveUserLimits", "rejectUserLimits"),
        *("readMachineKeys", "registerMachineKey", "revokeMachineKey"),
        *("authorizeConnection", "createLinkToken", "exchangePublicToken", "addStripeSecret"),
        *("testConnection", "rotateConnection", "disconnectConnection", "subscribeRampWebhook"),
        *("approveTrayRule", "rejectTrayRule", "removeTrayRule"),
        *("putStagingRules", "approveStagingRules", "rejectStagingRules", "putCashTolerance"),
        *("listMembers", "readMember", "addMember", "changeMember"),
        *("deactivateMember", "activateMember"),
        *("listPermissionSets", "readPermissionSet", "createPermissionSet"),
        *("changePermissionSet", "removePermissionSet", "listFirmAudit"),
    }
)
# Every active member, even without any right.
OPEN_TO_MEMBERS = frozenset(
    {*("readDigest", "previewDigest", "readDigestSettings"),
     *("changeDigestSettings", "confirmDigestAddress", "sendTestDigest"),
     "readMe", "firmConsole", "firmSyncs", "listReconciliations", "listReconciliationTurns"}
)
