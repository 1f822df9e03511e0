"""Next-token scores -> sequences: samplers, beam search, cached stepping."""
