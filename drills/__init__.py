"""What we do when FinChat is not healthy: faults, the bench they run on, and the scenarios."""
