"""Typed actions: clicks, carets, gestures, where they may land, places said over elements."""
