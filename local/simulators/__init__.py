"""Rail simulators: Ramp, Plaid, QuickBooks Online, an OIDC issuer; never kinder than the rails."""
