"""Web pages in one warm Chromium: opened, measured, explored, served without a network."""
