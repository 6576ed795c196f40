"""Ten codes made to fool measures, and what each measure says of each of them."""
