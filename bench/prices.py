"""List prices of AWS in US dollars: the one place to change them."""

from __future__ import annotations

PRICE_LIST = "list prices of us-east-1, noted in November 2025, without free tiers"
MILLION = 1_000_000
GIGABYTE = 1_000_000_000

API_REQUEST = 3.50 / MILLION  # REST API, first 333 million a month
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334  # arm64
WRITE_UNIT = 0.625 / MILLION  # DynamoDB on demand, standard table class
READ_UNIT = 0.125 / MILLION
BUS_EVENT = 1.00 / MILLION  # EventBridge, custom events
LOG_BYTE = 0.50 / GIGABYTE  # CloudWatch Logs, ingested

# What a call out of the process takes, where the network is not measured here. Assumed.
TABLE_CALL_MS = 6.0
BUS_CALL_MS = 15.0
RAIL_CALL_MS = 250.0
