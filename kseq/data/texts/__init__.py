"""Running text: files to windows, streams and next words (rows S3, S4, L1)."""
