"""Plans held to their own frames and to rendered truth; judges of them; faults that test both."""
