"""A month of many clients against the simulated rails: the calls that the policy makes."""
