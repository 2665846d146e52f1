"""How documents reach the network: one folder per accredited platform."""
