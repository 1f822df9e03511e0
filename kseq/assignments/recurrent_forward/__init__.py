"""The first assignment: the forward pass of a simple recurrent network (course row R2)."""
