"""Runs the stand-in alone: `python -m local.simulators.salesforce --port 9200`."""

import argparse
import ssl
import tempfile
from pathlib import Path

import trustme

from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.salesforce.face import public_key_of
from local.simulators.salesforce.schema import CUSTOM_FIELDS
from local.simulators.server import Server, run_until_signal


def main() -> None:
    """Serve one org until the process is told to end."""
    options = _options()
    salesforce = Salesforce(_settings(options))
    servers = [Server(salesforce.handle, port=options.port).start()]
    announcement = {"url": servers[0].url, "tls_url": None, "ca": None}
    if options.tls_port is not None:
        context, ca_file = _local_authority(options.tls_ca_dir)
        servers.append(Server(salesforce.handle, port=options.tls_port, tls=context).start())
        announcement |= {"tls_url": servers[1].url, "ca": str(ca_file)}
    salesforce.oauth.instance_url = salesforce.service.identity_host = servers[-1].url
    for server in servers:
        other_name = server.url.replace("127.0.0.1", "localhost")
        salesforce.oauth.own_urls |= {server.url, other_name}

    def stop() -> None:
        for server in servers:
            server.stop()

    run_until_signal(announcement | {"org_id": salesforce.org.org_id}, stop)


def _options() -> argparse.Namespace:
    preset = Settings()
    parser = argparse.ArgumentParser(prog="python -m local.simulators.salesforce")
    parser.add_argument("--port", type=int, default=0, help="plain HTTP; 0 takes a free one")
    parser.add_argument("--tls-port", type=int, help="TLS with a local authority; 0 likewise")
    parser.add_argument("--tls-ca-dir", type=Path, help="where ca.pem is written")
    parser.add_argument("--access-token", default=preset.access_token)
    parser.add_argument("--refresh-token", default=preset.refresh_token)
    parser.add_argument("--client-id", default=preset.client_id)
    parser.add_argument("--client-secret", default=preset.client_secret)
    parser.add_argument("--username", default=preset.username)
    parser.add_argument("--org-id", default=preset.org_id)
    parser.add_argument("--jwt-public-key", type=Path, help="PEM: a public key or certificate")
    parser.add_argument("--custom-fields", type=Path, help="JSON: objects, fields and rules")
    parser.add_argument("--source", type=Path, help="SFDX: the folder that holds objects/")
    parser.add_argument("--empty", action="store_true", help="begin without a sample company")
    return parser.parse_args()


def _settings(options: argparse.Namespace) -> Settings:
    key = options.jwt_public_key
    return Settings(
        org_id=options.org_id,
        access_token=options.access_token,
        refresh_token=options.refresh_token,
        client_id=options.client_id,
        client_secret=options.client_secret,
        username=options.username,
        custom_fields=options.custom_fields or (None if options.source else CUSTOM_FIELDS),
        source=options.source,
        public_key=public_key_of(key.read_text(encoding="ascii")) if key else None,
        is_empty=options.empty,
    )


def _local_authority(folder: Path | None) -> tuple[ssl.SSLContext, Path]:
    """Make an authority of this process alone, and a certificate for loopback signed by it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    folder = folder or Path(tempfile.mkdtemp(prefix="salesforce-ca-"))
    folder.mkdir(parents=True, exist_ok=True)
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return context, ca_file


if __name__ == "__main__":
    main()
