"""ADF (JSON) read into nodes. Pure."""
