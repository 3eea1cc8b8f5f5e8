"""What is counted, how it is counted and how it is shown. Values in, values out: no file, no clock."""
