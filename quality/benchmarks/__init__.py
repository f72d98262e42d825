"""Rules of public benchmarks, their intervals, and what a corpus shares with their test sets."""
