"""`python -m pdp_bridge` is `pdp-bridge`."""

from pdp_bridge.cli import main

if __name__ == "__main__":
    main()
