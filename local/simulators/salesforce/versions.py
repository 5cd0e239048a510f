"""The list of versions, each with the release that brought it."""

_SEASONS = ("Summer", "Winter", "Spring")
# Summer '14.
_FIRST = 31


def list_versions(oldest: int, newest: int) -> list[dict[str, str]]:
    """Return the versions that are served, as `/services/data/` lists them."""
    return [
        {
            "label": _release(version),
            "url": f"/services/data/v{version}.0",
            "version": f"{version}.0",
        }
        for version in range(oldest, newest + 1)
    ]


def _release(version: int) -> str:
    past = version - _FIRST
    # One label of the real list has a typographic apostrophe.
    apostrophe = "\u2019" if version == 42 else "'"
    return f"{_SEASONS[past % 3]} {apostrophe}{14 + (past + 2) // 3}"
