"""python -m signalctl."""

from signalctl.cli.app import main

main()
