"""Files beside a release that other tools read: card, Croissant, energon, attribution."""
