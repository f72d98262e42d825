"""Clips: worlds that move, people in them, flow and tracks that are exact, real videos."""
