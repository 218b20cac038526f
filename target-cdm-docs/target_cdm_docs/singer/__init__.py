"""What Singer asks of a plugin: a command line, settings from the environment, lines in and out, and signals."""
