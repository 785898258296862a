"""Django's PostgreSQL, that waits only so long for a server that neither answers nor goes away."""
