"""Whom a server runs as: PostgreSQL refuses root, so under root it gets another identity."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hoopai.launch.steps import Problem

UNPRIVILEGED = "nobody"


@dataclass
class Identity:
    """`prefix` goes before the command, `options` to Popen; `owner` (uid, gid) is who must own the server's folder."""

    prefix: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    owner: tuple[int, int] | None = None

    def own(self, path: Path) -> None:
        """Give `path` and what is in it to the owner, where it is someone else's."""
        if self.owner is None or not path.exists() or path.stat().st_uid == self.owner[0]:
            return
        for place in (path, *path.rglob("*")):
            os.chown(place, *self.owner, follow_symlinks=False)

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a short command under this identity; its output is text."""
        settings: dict[str, Any] = {"capture_output": True, "text": True, "check": False, "cwd": "/"}
        return subprocess.run([*self.prefix, *command], **settings | self.options | options)


def choose(program: Path, folder: Path) -> Identity:
    """The identity for a server that refuses root.

    program: the server's binary, must be reachable; folder: its data folder, may not exist yet, its parent does.
    Raises Problem when no identity can use both.
    """
    if os.geteuid() != 0:
        return own_user(folder)
    owner = folder.stat().st_uid if folder.exists() else 0
    nobody = pwd.getpwnam(UNPRIVILEGED)
    candidates = [as_user(nobody.pw_uid, nobody.pw_gid)]
    if owner not in (0, nobody.pw_uid):
        candidates = [as_user(owner, folder.stat().st_gid)]
    elif unshare := shutil.which("unshare"):
        mapped = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
        candidates.append(Identity(prefix=(unshare, "--user", *mapped, "--"), owner=(0, 0)))
    for candidate in candidates:
        if works(candidate, program, folder.parent):
            return candidate
    raise Problem(
        "PostgreSQL does not run as root, and no other user can reach it in this folder.",
        "put the project where every user may enter (/opt or /srv instead of /root), start it as a normal user, "
        "or set DATABASE_URL to a PostgreSQL of your own.",
    )


def own_user(folder: Path) -> Identity:
    if folder.exists() and folder.stat().st_uid != os.geteuid():
        raise Problem(
            f"The database in {folder} belongs to another user ({user_name(folder.stat().st_uid)}).",
            "start HoopAI as that user, or choose another folder with --data DIR.",
        )
    return Identity()


def as_user(uid: int, gid: int) -> Identity:
    return Identity(options={"user": uid, "group": gid, "extra_groups": []}, owner=(uid, gid))


def works(identity: Identity, program: Path, parent: Path) -> bool:
    try:
        return (
            identity.run(str(program), "--version", timeout=10).returncode == 0
            and identity.run("/bin/sh", "-c", 'test -x "$1"', "sh", str(parent), timeout=10).returncode == 0
        )
    except (OSError, subprocess.SubprocessError):
        return False


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
