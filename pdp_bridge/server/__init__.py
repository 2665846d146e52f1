"""The platform's callbacks, received over HTTP: `pdp-bridge serve`."""
