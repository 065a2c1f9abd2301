"""Which of two texts a mind is nearer to, and what can be learnt from that."""
