"""One module per way of reading a file; each names its vendor and maps nothing but its own format."""
