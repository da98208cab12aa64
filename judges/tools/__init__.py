"""What runs inside a foreign tool, and is written in its terms."""
