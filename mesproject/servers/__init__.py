"""The servers a plant may run elsewhere, embedded so that one machine needs nothing else.

Nothing here knows Django or the domain.
"""
