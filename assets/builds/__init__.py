"""What every build shares: options, reports, progress, Spark, the release that is made."""
