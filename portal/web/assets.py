"""Style sheets, script and icon: made small, named by their content, kept compressed."""

from __future__ import annotations

import argparse
import functools
import gzip
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

import click
from flask import Response, abort, current_app, request

STATIC = Path(__file__).resolve().parent.parent / "static"
DIST = STATIC / "dist"
MANIFEST = "manifest.json"
FOREVER = "public, max-age=31536000, immutable"
# Each bundle: its name, and its sources in order. A source that begins with "node:" lies in node_modules.
BUNDLES: dict[str, tuple[str, ...]] = {
    "citizen.css": (
        "css/tokens.css", "css/page.css", "css/controls.css", "css/status.css", "css/lists.css",
        "css/print.css",
    ),
    "officer.css": ("css/officer.css",),
    "app.js": ("node:htmx.org/dist/htmx.min.js", "js/loket.js"),
    "icon.svg": ("images/icon.svg",),
}  # fmt: skip
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


class AssetsMissingError(RuntimeError):
    """The assets were not built yet; the message says what to run."""


def asset_url(name: str) -> str:
    """Return the address of a built asset, such as "/aset/citizen.3f2a9c01.css"."""
    try:
        return "/aset/" + _manifest(current_app.config.get("ASSETS_FOLDER", DIST))[name]
    except KeyError:
        raise AssetsMissingError(f"No asset {name!r} was built: run make assets") from None


def send_asset(name: str) -> Response:
    """Answer one hashed file in the smallest encoding the browser takes, to be kept for ever.

    A name that is not in the manifest is 404: nothing else of the folder can be read.
    """
    folder = _folder()
    if name not in _manifest(folder).values():
        abort(404)
    accepted = request.accept_encodings
    encoding, suffix = next(((code, end) for code, end in ENCODINGS if accepted[code] > 0), ("", ""))
    response = Response(_read(folder / (name + suffix)), content_type=TYPES[Path(name).suffix])
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Cache-Control"] = FOREVER
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _folder() -> Path:
    return Path(current_app.config.get("ASSETS_FOLDER", DIST))


@functools.cache
def _read(path: Path) -> bytes:
    """Keep a file in memory: there are four, in three encodings, and each is asked for all day."""
    return path.read_bytes()


@functools.cache
def _manifest(folder: Path | str) -> dict[str, str]:
    """Return asset name -> hashed file name, as the last build wrote it."""
    try:
        return dict(json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise AssetsMissingError("The assets are not built yet: run make assets") from None


def build(folder: Path = DIST, node_modules: Path = STATIC.parent.parent / "node_modules") -> dict[str, str]:
    """Write every bundle, plain and compressed, and the manifest; return the manifest."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    manifest = {}
    for name, sources in BUNDLES.items():
        body = make_bundle(sources, node_modules)
        stem, end = name.rsplit(".", 1)
        manifest[name] = f"{stem}.{hashlib.sha256(body).hexdigest()[:10]}.{end}"
        _write_compressed(fresh / manifest[name], body)
    (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    _manifest.cache_clear()
    return manifest


def _write_compressed(path: Path, body: bytes) -> None:
    # Imported here because only a build needs it: a server that got built assets runs without.
    import brotli

    path.write_bytes(body)
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(body, 9, mtime=0))
    path.with_name(path.name + ".br").write_bytes(brotli.compress(body, quality=11, lgwin=22))


def make_bundle(sources: tuple[str, ...], node_modules: Path) -> bytes:
    """Join the sources of one bundle, each made small by its kind."""
    return "\n".join(_small(_locate(source, node_modules)) for source in sources).encode()


def _locate(source: str, node_modules: Path) -> Path:
    if not source.startswith("node:"):
        return STATIC / source
    path = node_modules / source.removeprefix("node:")
    if not path.exists():
        raise AssetsMissingError(f"{source.removeprefix('node:')} is missing: run npm ci, then make assets")
    return path


def _small(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        import rcssmin

        return str(rcssmin.cssmin(text))
    if path.name.endswith(".min.js"):
        # The map lies beside the original and is not served.
        return re.sub(r"\n//# sourceMappingURL=.*", "", text).strip()
    if path.suffix == ".js":
        return strip_script(text)
    return text.strip()


def strip_script(text: str) -> str:
    """Drop indentation, empty lines and lines that are only a comment.

    Nothing cleverer: our scripts keep no text over several lines, so this cannot change them.
    """
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def main(arguments: list[str]) -> int:
    """Run `python -m portal.web.assets build`; print each file and its size on the wire."""
    parser = argparse.ArgumentParser(prog="python -m portal.web.assets")
    parser.add_argument("act", choices=["build"])
    parser.add_argument("--node-modules", type=Path, default=STATIC.parent.parent / "node_modules")
    parser.add_argument("--folder", type=Path, default=DIST)
    options = parser.parse_args(arguments)
    try:
        manifest = build(options.folder, options.node_modules)
    except AssetsMissingError as problem:
        click.echo(problem, err=True)
        return 1
    for name, hashed in manifest.items():
        click.echo(f"{name:14} {(options.folder / (hashed + '.br')).stat().st_size:7,} bytes (brotli)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
