"""Set streams: labels, restrictions, permissions, members, versions, properties, tasks."""
