"""The ledger of claims: read, judged by records, shown on pages, checked."""
