from mesproject.formats.plant import *  # noqa: F403
