"""Starts the stand-in for QuickBooks Online alone: `python -m local.simulators.quickbooks`."""

import argparse

from local.simulators.quickbooks.app import QuickBooks, Setup
from local.simulators.server import Server, run_until_signal


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    setup, port = _options()
    app = QuickBooks(setup)
    app.start()
    server = Server(app.handle, port=port).start()

    def stop() -> None:
        server.stop()
        app.stop()

    run_until_signal({"url": server.url, "realms": list(setup.realms)}, stop)


def _options() -> tuple[Setup, int]:
    """Return what the command line asks for, and the port."""
    defaults = Setup()
    parser = argparse.ArgumentParser(prog="local.simulators.quickbooks", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--realm", action="append", help="may be given several times")
    parser.add_argument("--client-id", default=defaults.client_id)
    parser.add_argument("--client-secret", default=defaults.client_secret)
    parser.add_argument("--access-token", default=defaults.access_token)
    parser.add_argument("--refresh-token", default=defaults.refresh_token)
    parser.add_argument("--empty", action="store_true", help="no customers, vendors, employees")
    parser.add_argument(
        "--throttling", choices=("enforced", "measured"), default="enforced", help="Intuit's limits"
    )
    options = parser.parse_args()
    setup = Setup(
        tuple(options.realm or defaults.realms),
        options.client_id,
        options.client_secret,
        options.access_token,
        options.refresh_token,
        options.empty,
        options.throttling,
    )
    return setup, options.port


if __name__ == "__main__":
    main()
