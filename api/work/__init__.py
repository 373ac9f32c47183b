"""What workers do for the bench: ``jobs.kinds`` names these functions as texts."""
