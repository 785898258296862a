"""What leaves the building: who is told what, when, and in which words; the outbox sends it."""
