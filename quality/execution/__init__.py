"""Tasks performed with the real mouse and keyboard, and what must hold afterwards."""
