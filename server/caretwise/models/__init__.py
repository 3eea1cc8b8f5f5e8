"""Models as data: what a family can do, how a host wants it said, and the request body that follows from both."""
