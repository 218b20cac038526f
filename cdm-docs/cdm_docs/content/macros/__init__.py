"""What macros show and refer to, whatever format they were written in. Pure."""
