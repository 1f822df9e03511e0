"""Series of numbers over time: files and dates to windows (rows S3, R4)."""
