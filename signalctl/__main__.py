"""python -m signalctl."""

from signalctl.cli.main import main

main()
