"""Lambda looks for a layer's modules under python/ and nowhere else."""

from pathlib import Path

import pytest

LAYERS = ("DependenciesLayer", "SharedLayer", "MappingsLayer")
# AWS: lambda/latest/dg/gettingstarted-limits.html. Function and layers together, unzipped.
SIZE_LIMIT_BYTES = 250 * 1024 * 1024
SOURCES = Path(__file__).parents[2] / "layers"


@pytest.mark.parametrize("layer", LAYERS)
def test_everything_in_a_layer_is_under_python(build_dir: Path, layer: str) -> None:
    assert [path.name for path in (build_dir / layer).iterdir()] == ["python"]


def test_dependencies_leave_out_what_the_runtime_brings(build_dir: Path) -> None:
    packages = {path.name for path in (build_dir / "DependenciesLayer" / "python").iterdir()}

    assert {"aws_lambda_powertools", "intuitlib", "pydantic", "simple_salesforce"} <= packages
    assert not packages & {"boto3", "botocore", "s3transfer", "aws_xray_sdk", "bin"}


@pytest.mark.parametrize(
    ("layer", "package", "pattern"),
    [
        ("SharedLayer", "shared/bridge", "**/*.py"),
        ("MappingsLayer", "mappings/bridge_mappings", "**/*.toml"),
    ],
)
def test_layer_holds_all_of_its_package(
    build_dir: Path, layer: str, package: str, pattern: str
) -> None:
    built = build_dir / layer / "python" / Path(package).name
    source = SOURCES / package

    expected = {path.relative_to(source) for path in source.glob(pattern)}

    assert expected
    assert {path.relative_to(built) for path in built.glob(pattern)} == expected


def test_layers_together_stay_under_lambdas_limit(build_dir: Path) -> None:
    files = (path for layer in LAYERS for path in (build_dir / layer).rglob("*"))

    assert sum(path.stat().st_size for path in files if path.is_file()) < SIZE_LIMIT_BYTES
