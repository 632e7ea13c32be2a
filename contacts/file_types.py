"""What a file is, told from its content. A name is only believed where nothing else can tell."""

from __future__ import annotations

from typing import BinaryIO

HEAD = 8192  # bytes that are looked at

STARTS = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf'\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
]
EXECUTABLE_STARTS = (
    b"MZ",  # Windows and DOS programs
    b"\x7fELF",
    b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",  # Mach-O
    b"\xca\xfe\xba\xbe",  # Java classes and universal Mach-O
    b"dex\n",
    b"\x00asm",
    b"#!",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # Windows shortcuts
    b"ITSF",  # compiled help
)  # fmt: skip
# Text that runs for no other reason than its name.
EXECUTABLE_ENDINGS = frozenset(
    [
        "app",
        "apk",
        "bat",
        "chm",
        "cmd",
        "com",
        "cpl",
        "dll",
        "dmg",
        "exe",
        "gadget",
        "hta",
        "inf",
        "ins",
        "iso",
        "jar",
        "js",
        "jse",
        "lnk",
        "msc",
        "msi",
        "msp",
        "mst",
        "pif",
        "ps1",
        "psm1",
        "reg",
        "scr",
        "sct",
        "sh",
        "sys",
        "vb",
        "vbe",
        "vbs",
        "vhd",
        "wsc",
        "wsf",
        "wsh",
    ]
)
OFFICE = "application/vnd.openxmlformats-officedocument."
ZIPPED = [
    (b"word/", OFFICE + "wordprocessingml.document"),
    (b"xl/", OFFICE + "spreadsheetml.sheet"),
    (b"ppt/", OFFICE + "presentationml.presentation"),
]
OLD_OFFICE = {"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint"}
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
INSTALLER = bytes.fromhex("84100c0000000000c000000000000046")  # class of the root of a Windows installer
UNKNOWN = "application/octet-stream"


class Executable(ValueError):
    """The file is a program."""


def sniff(file: BinaryIO, name: str) -> str:
    """The media type of a file; its position is put back to the start. Never a type that a browser runs, except by the
    names text/html and image/svg+xml, which nothing here serves as such.

    Raises:
        Executable: it is a program, or a script by its name.
    """
    file.seek(0)
    head = file.read(HEAD)
    refuse_name(name)
    if head.startswith(EXECUTABLE_STARTS):
        raise Executable
    found = _of_container(file, head, ending_of(name)) or _of_start(head) or _of_text(head)
    file.seek(0)
    return found


def ending_of(name: str) -> str:
    return name.rpartition(".")[2].lower().strip() if "." in name else ""


def refuse_name(name: str) -> None:
    """Raises Executable where the name alone makes a program of any text."""
    if ending_of(name.rstrip(". ")) in EXECUTABLE_ENDINGS:
        raise Executable


def _of_start(head: bytes) -> str:
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        kinds = {b"heic": "image/heic", b"mif1": "image/heif", b"avif": "image/avif", b"M4A ": "audio/mp4"}
        return kinds.get(head[8:12], "video/quicktime" if head[8:10] == b"qt" else "video/mp4")
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[:3] != b"\xff\xd8\xff":
        return "audio/mpeg" if head[:2] not in (b"\xff\xfe", b"\xff\xff") else ""
    return next((kind for start, kind in STARTS if head.startswith(start)), "")


def _of_container(file: BinaryIO, head: bytes, ending: str) -> str:
    if head.startswith(b"PK\x03\x04"):
        length = int.from_bytes(head[26:28], "little")
        first = head[30 : 30 + length]
        if first.startswith(b"META-INF/") or b"AndroidManifest.xml" in head or b"classes.dex" in head:
            raise Executable
        if first == b"mimetype":
            return "application/epub+zip" if b"epub" in head[:120] else "application/vnd.oasis.opendocument"
        return next((kind for mark, kind in ZIPPED if mark in head), "application/zip")
    if head.startswith(b"PK\x05\x06"):
        return "application/zip"
    if head.startswith(COMPOUND):
        sector = 1 << min(int.from_bytes(head[0x1E:0x20], "little"), 12)
        file.seek((int.from_bytes(head[0x30:0x34], "little") + 1) * sector)
        if file.read(128)[0x50:0x60] == INSTALLER:
            raise Executable
        return OLD_OFFICE.get(ending, "application/x-ole-storage")
    return ""


def _of_text(head: bytes) -> str:
    if b"\x00" in head:
        return UNKNOWN
    for cut in range(4):  # the last character may be halved
        try:
            text = head[: len(head) - cut].decode()
            break
        except UnicodeDecodeError:
            continue
    else:
        return UNKNOWN
    start = text.lstrip("\ufeff \t\r\n")[:500].lower()
    if "<svg" in start:
        return "image/svg+xml"
    return "text/html" if start.startswith(("<!doctype html", "<html", "<script", "<body", "<head")) else "text/plain"
