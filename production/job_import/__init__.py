"""Files of jobs, as ERPs write them: read, checked as a whole, and taken all together or not at all."""
