"""Bytes of images, videos and clips: decoding, encoding, cutting, stripping metadata."""
