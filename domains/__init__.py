"""Host names of a location: which may be added, what their DNS must say, their certificates, and where they lead."""
