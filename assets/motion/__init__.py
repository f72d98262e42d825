"""DynaVid and FlashBench: rendered clips with exact flow and tracks."""
