"""Published claims, judged by runs and by readings of their own set-ups."""
