"""Each instrument on societies whose answers are known."""
