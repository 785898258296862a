"""The report builder: any numbers by any groups, shown with the call that fetches them, kept, shared and mailed."""
