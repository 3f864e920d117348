"""What a run leaves behind: evidence in, files and lines out."""
