"""Causal-Plan: plans of real clips, and rendered scenes whose causes are known."""
