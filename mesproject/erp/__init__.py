"""What ERPs and MachineMetrics' clients of old say: this job starts here, this run has ended, these are the orders."""
