"""What codes that know nothing score: an easy mixing flatters them all, a hard one doesn't."""
