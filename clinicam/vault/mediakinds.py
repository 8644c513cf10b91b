# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables for `media`: file systems by what they are, and how folders that copy themselves elsewhere are known."""

from __future__ import annotations

import re

LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "bcachefs", "reiserfs", "nilfs2"})
NETWORK = frozenset({
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "ocfs2", "gfs2", "beegfs"),
    *("orangefs", "coda", "ncpfs", "ncp", "davfs", "curlftpfs", "fuse.sshfs", "fuse.rclone", "fuse.s3fs"),
    *("fuse.davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.ceph", "fuse.cephfs", "fuse.smbnetfs", "fuse.curlftpfs"),
    *("fuse.gvfsd-fuse", "fuse.gcsfuse", "fuse.goofys", "fuse.juicefs", "fuse.google-drive-ocamlfuse"),
    *("fuse.onedriver",),
})
MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs", "hugetlbfs"})
UNFIT = frozenset({
    "vfat",
    "msdos",
    "exfat",
    "iso9660",
    "udf",
    "ntfs",
    "ntfs3",
    "hfs",
    "hfsplus",
    "squashfs",
    "erofs",
    "minix",
})

SYNC_NAMES = re.compile(
    r"(dropbox|onedrive|google ?drive|nextcloud|owncloud|icloud ?drive|megasync|pcloud ?(drive|sync)|box|box sync|insync|"
    r"seafile|seadrive|yandex\.disk|tresorit|syncthing|spideroak hive|resilio sync|kdrive|koofr|proton ?drive|"
    r"synologydrive|jottacloud|sugarsync|egnyte|mailbox drive|com~apple~clouddocs|mobile documents|cloudstorage)([ (-].*)?",
    re.IGNORECASE,
)
SYNC_MARKS = frozenset({
    *(".stfolder", ".stversions", ".stignore", ".dropbox.cache", ".owncloudsync.log", ".nextcloudsync.log", ".sync"),
    *(".SeaDrive", "seafile-data", ".seafile-data", ".csync_journal.db", ".csync_journal.db.ctmp", ".megaignore"),
    *(".SynologyWorkingDirectory", ".tmp.drivedownload", ".tmp.driveupload", ".shortcut-targets-by-id"),
    *(".849C9593-D756-4E56-8D6E-42412F2A707B", ".tresorit", ".insync-trash", ".box.sync"),
})
SYNC_FILES = frozenset({".dropbox"})
"""Marks only as a file: a folder of that name in the home folder holds a program's settings."""
SYNC_JOURNAL = re.compile(r"\.?_?sync_[0-9a-f]+\.db(-wal|-shm)?|\._sync_[0-9a-f]+\.db", re.IGNORECASE)
