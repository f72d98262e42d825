"""Scripted activities at a table, whose causes and effects are known."""
