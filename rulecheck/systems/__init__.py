"""AD systems and operator protocols: how each one answers a call."""
