"""Commands that judge: verify, review, score, benchmark, overlap."""
